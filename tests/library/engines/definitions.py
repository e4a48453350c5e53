"""A lifecycle of each sort that looks back, and an own segment of each sort, for the comparison of engines."""

from __future__ import annotations

__all__ = ["LIFECYCLE", "SEGMENTS"]

LIFECYCLE = """
lifecycle: 茶
title: {en: Tea, zh: 茶}
meaning: {en: How close., zh: 有多近。}
rule_order: [away, regular, curious, guest]
forward_only: true
stages:
  guest:
    title: {en: Guest, zh: 茶客}
    meaning: {en: Now and then., zh: 偶尔。}
  curious:
    title: {en: Curious, zh: 好奇}
    meaning: {en: Looks., zh: 常看。}
    rule: visits_30d >= 2 OR channel LIKE '微%'
    leave: visits_30d = 0
  regular:
    title: {en: Regular, zh: 常客}
    meaning: {en: Often., zh: 常来。}
    rule: orders_90d >= 2 OR s_quarter >= 6
    minimum_stay: 40
    leave: days_since_last_order > 60
  away:
    title: {en: Away, zh: 久未到店}
    meaning: {en: Gone., zh: 离开。}
    rule: days_since_last_order > 70 OR month(today()) = 2 AND orders_90d = 0 OR days_since_last_seen > 90
    leaving: true
""".replace("lifecycle: 茶", "lifecycle: tea")

SEGMENTS = """
segments:
  s_top:
    title: {en: Top, zh: 头部}
    meaning: {en: The top fifth by revenue., zh: 消费额前两成。}
    rule: percentile(revenue) >= 80 AND percentile(median_gap_days) < 95
  s_kept:
    title: {en: Kept, zh: 留住}
    meaning: {en: Regulars and guests of honour., zh: 常客与贵宾。}
    rule: stage.growth = 'retention' OR in segment.s_honour
    exclude: s_revenue_60d > 300 OR country = '中国'
    features:
      s_revenue_60d:
        title: {en: Spent in 60 days, zh: 近 60 天消费}
        meaning: {en: Sum of orders., zh: 订单金额合计。}
        kind: sum
        events: Order Completed
        of: amount
        within_days: 60
  s_honour:
    title: {en: Honour, zh: 贵宾}
    meaning: {en: By hand., zh: 手工名单。}
    customers: [王小明, "#7", nobody]
  s_tea:
    title: {en: Tea, zh: 茶}
    meaning: {en: Where the tea lifecycle has them., zh: 茶周期中的常客。}
    rule: stage.tea IN ('regular', 'curious') AND days_since_first_order <= 900
  s_valued:
    title: {en: Valued, zh: 有价值}
    meaning: {en: By value segment and consent., zh: 按价值分群与同意。}
    rule: value_segment IN ('loyal', 'champion', 'high_potential') AND consent.email
"""
