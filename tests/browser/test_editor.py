"""The story of Lin, who tries a stage's rule, and keeps a segment of her own."""

import re

from playwright.sync_api import expect


def test_lin_sees_who_would_move_while_she_clicks_a_rule_together(visit):
    page = visit("Lin", "/definitions/lifecycles/growth/")
    expect(page.locator(".pane-stages")).to_be_visible(timeout=30_000)
    page.locator("#stage-retention [data-row] [data-value]").first.fill("5")
    expect(page.locator(".pane-moves").first).to_be_visible()
    page.get_by_role("button", name="YAML").click()
    expect(page.locator("textarea.yaml")).to_have_value(re.compile("order_days >= 5"))
    assert not page.told


def test_lin_saves_a_segment_and_takes_it_away_again_in_chinese(visit):
    page = visit("Lin", "/definitions/segments/new/", language="zh-CN", phone=True)
    expect(page.locator("#pane .figure-value")).to_be_visible(timeout=30_000)
    page.get_by_label("标识").fill("tea_friends")
    page.get_by_label("修改原因").fill("试用")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("已保存，正在重新归类所有客户。")).to_be_visible()
    page.get_by_role("link", name="版本记录").click()
    expect(page.get_by_text("试用")).to_be_visible()
    page.go_back()
    away = page.locator("button[data-confirm]")
    away.click()
    expect(away).to_have_text("要移除这个定义吗？")
    away.click()
    expect(page.get_by_text("已移除。版本记录仍在，可以随时恢复。")).to_be_visible()
    assert not page.told


def test_lin_sets_cut_points_of_her_own_on_a_phone_in_chinese_and_takes_them_back(visit):
    page = visit("Lin", "/definitions/rfm/rfm/", language="zh-CN", phone=True)
    expect(page.locator(".pane-stages")).to_be_visible(timeout=30_000)
    for at, days in enumerate((3, 9, 27)):
        page.locator(f'[name="rfm.few_days.{at}"]').fill(str(days))
    for score, points in {"days": (3, 9, 27, 81), "orders": (1, 2, 3, 4), "revenue": (100, 200, 400, 800)}.items():
        for at, point in enumerate(points):
            page.locator(f'[name="rfm.{score}.{at}"]').fill(str(point))
    expect(page.locator(".pane-scores")).to_contain_text("4–9 天前")
    expect(page.locator(".pane-moves").first).to_be_visible()
    page.get_by_label("修改原因").fill("按周购买")
    page.get_by_label("修改原因").press("Enter")
    expect(page.get_by_text("已保存，正在重新归类所有客户。")).to_be_visible()
    page.get_by_role("link", name="版本记录").click()
    expect(page.get_by_text("+  days: [3, 9, 27, 81]")).to_be_visible()
    page.go_back()
    away = page.locator("button[data-confirm]")
    away.click()
    away.click()
    expect(page.get_by_text("已移除。版本记录仍在，可以随时恢复。")).to_be_visible()
    assert not page.told


def test_lin_has_a_lifecycle_that_looks_back_counted_exactly_while_she_stays_in_the_editor(visit):
    page = visit("Lin", "/definitions/lifecycles/growth/")
    expect(page.locator(".pane-stages")).to_be_visible(timeout=30_000)
    page.get_by_label("Nobody falls back behind the furthest stage reached").check()
    expect(page.get_by_text("Counted by the rules alone")).to_be_visible()
    page.get_by_role("button", name="Count exactly").click()
    expect(page.get_by_text("Along everybody’s whole history")).to_be_visible(timeout=60_000)
    expect(page.locator("#walked .pane-stages")).to_be_visible()
    expect(page.get_by_label("Nobody falls back behind the furthest stage reached")).to_be_checked()
    page.locator("#stage-retention [data-row] [data-value]").first.fill("5")
    expect(page.locator("#walked .pane-stages")).to_have_count(0)
    expect(page.get_by_role("button", name="Count exactly")).to_be_visible()
    assert not page.told
