"""Who may do what, and the switch that stops everything."""

import pytest


def test_lin_stops_all_sending_and_allows_it_again(visit):
    page = visit("Lin", "/messages/sending/")
    page.locator("form[action$='/sending/stop/'] button").first.click()
    page.wait_for_load_state()
    resume = page.locator("form[action$='/sending/resume/'] button").first
    resume.wait_for()
    resume.click()
    page.locator("form[action$='/sending/stop/'] button").first.wait_for()
    assert page.told == []


@pytest.mark.parametrize(("person", "masked"), [("Lin", False), ("Vera", True)])
def test_names_are_masked_for_viewers_alone(visit, person, masked):
    page = visit(person, "/customers/")
    page.locator("tbody tr").first.wait_for()
    assert ("**" in page.locator("tbody tr").first.inner_text()) is masked


def test_vera_finds_no_door_to_what_she_may_not_do(visit):
    page = visit("Vera", "/")
    links = {link.get_attribute("href") for link in page.locator("nav a").all()}
    assert "/customers/" in links
    assert "/settings/" not in links
    page.goto("/settings/team/")
    assert page.locator("form[action$='/invite/']").count() == 0


def test_lin_invites_a_teammate_who_comes_in_by_the_link(visit, site):
    page = visit("Lin", "/settings/team/")
    page.locator("form[action$='/invite/'] input[name=email]").fill("nora@example.com")
    page.locator("form[action$='/invite/'] [name=role]").first.select_option("member")
    page.locator("form[action$='/invite/'] button[type=submit]").click()
    told = page.locator("[role=status] input[readonly]").input_value()
    nora = visit(None, told[told.index("/invitation/") :])
    nora.locator("input[name=name]").fill("Nora")
    for field in nora.locator("input[type=password]").all():
        field.fill("keemun at four o'clock")
    nora.locator("form:has(input[type=password]) button[type=submit]").click()
    nora.wait_for_url(lambda url: "/invitation/" not in url)
    assert nora.locator("nav").count()
