"""derived, given, today: features that read no events."""

from __future__ import annotations

from tenure.definitions.kinds.kind import Kind
from tenure.definitions.objects import Words

__all__ = ["DERIVED", "GIVEN", "TODAY"]

DERIVED = Kind(
    "derived",
    Words("A calculation or a condition over other features.", "由其他特征计算得出的数值或条件。"),
    lambda feature, measures: "NULL",
    lambda of: ("float", "count"),
    grain="none",
    windows=False,
    needs=("expression",),
    open_type=lambda of: True,
    window_list=lambda feature: (),
    example="kind: derived\nexpression: days_since_last_order / median_gap_days",
)
GIVEN = Kind(
    "given",
    Words(
        "A column that another room computed (value, risk); it cannot be declared in a file.",
        "由其他模块算出的列（如价值、风险），不能在文件中声明。",
    ),
    lambda feature, measures: "NULL",
    lambda of: ("float", "count"),
    grain="none",
    windows=False,
    open_type=lambda of: True,
    window_list=lambda feature: (),
)
TODAY = Kind(
    "today",
    Words("The local day of the instant; rules write it as today().", "截至时刻所在的当地日期；规则中写作 today()。"),
    lambda feature, measures: measures.today(),
    lambda of: ("date", "date"),
    grain="none",
    windows=False,
    window_list=lambda feature: (),
    example="kind: today",
)
