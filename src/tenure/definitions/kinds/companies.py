"""company: what is known of the company that a customer belongs to."""

from __future__ import annotations

from tenure.definitions.kinds.kind import Kind, Shape
from tenure.definitions.objects import Words

__all__ = ["COMPANY"]

_SHAPES: dict[str, Shape] = {"since": ("date", "date"), "members": ("integer", "count")}

COMPANY = Kind(
    "company",
    Words(
        "Of the company that the customer's last `group` call names: what any of its members' `group` calls said last"
        " (`property:NAME`), its own id (`id`), the day since which the customer belongs to it (`since`), how many"
        " customers do (`members`). Unknown of who belongs to none.",
        "客户最近一次 `group` 调用所指的企业：其任一成员的 `group` 调用最近带来的信息（`property:名称`）、"
        "企业自身的编号（`id`）、客户自哪天起属于该企业（`since`）、企业有多少客户（`members`）。不属于任何企业时未知。",
    ),
    lambda feature, measures: "NULL",
    lambda of: _SHAPES.get(str(of), ("text", "text")),
    ("id", "since", "members"),
    of_property=True,
    grain="none",
    windows=False,
    open_type=lambda of: str(of).startswith("property:"),
    window_list=lambda feature: (),
    example="kind: company\nof: property:renewal_date\ntype: date",
)
