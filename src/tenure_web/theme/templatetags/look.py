"""What pages share. `{% load look %}`.

Filters: said, step, number, short, money, short_money, percent, css_percent, at, ago, moment, day, told, change.
Tags: share_of, stage_badge, segment_badge, icon, url_with, sort_header, empty, pager, chips, job_progress, field, tabs,
chart, json_data.
Every figure in a table cell or card goes in an element of class `num` (right-aligned, tabular).
"""

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils import formats, timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenure import money as moneys
from tenure.errors import TenureError
from tenure.risk import BANDS
from tenure_web.theme.saying import said, step
from tenure_web.worker import workspace

register = template.Library()

NONE = "–"


def _chinese() -> bool:
    return (translation.get_language() or "en").startswith("zh")


def own_currency() -> str:
    """The workspace's currency."""
    try:
        return workspace.current().settings.currency
    except TenureError:
        return "USD"


def now() -> datetime:
    """The workspace's now: a workspace of historical data has a fixed one."""
    try:
        return workspace.current().clock.now()
    except TenureError:
        return timezone.now()


register.filter("said", said)
register.filter("step", step)


@register.filter
def number(value: Any, places: int = 0) -> str:
    """12,430; with `places` digits after the point; a dash for nothing."""
    if value is None or value == "":
        return NONE
    return f"{value:,.{places}f}"


def compact(value: float) -> str:
    """12.4K, 3.1M; in Chinese 1.24 万, 3.1 亿; small numbers stay whole."""
    size = abs(value)
    steps = ((1e8, " 亿"), (1e4, " 万")) if _chinese() else ((1e9, "B"), (1e6, "M"), (1e4, "K"))
    for floor, unit in steps:
        if size >= floor:
            scaled = value / (1e3 if unit == "K" else floor)
            text = (
                f"{scaled:,.2f}" if abs(scaled) < 10 else f"{scaled:,.1f}" if abs(scaled) < 1000 else f"{scaled:,.0f}"
            )
            return f"{text.rstrip('0').rstrip('.') if '.' in text else text}{unit}"
    return f"{value:,.0f}"


@register.filter
def short(value: Any) -> str | SafeString:
    """The compact form with the exact value on hover."""
    if value is None:
        return NONE
    return format_html('<span title="{}">{}</span>', f"{value:,}", compact(float(value)))


@register.filter
def money(minor: Any, currency: str = "") -> str:
    """£1,234.50 from minor units; the workspace's currency unless another is given."""
    return NONE if minor is None else moneys.text(int(minor), currency or own_currency())


@register.filter
def short_money(minor: Any, currency: str = "") -> str | SafeString:
    """£1.2M with the exact amount on hover."""
    if minor is None:
        return NONE
    code = currency or own_currency()
    exact = moneys.text(int(minor), code)
    whole = moneys.major(int(minor), code)
    sign = moneys.text(0, code).split("0", 1)[0]
    return format_html(
        '<span title="{}">{}{}{}</span>', exact, "-" if whole < 0 else "", sign, compact(abs(float(whole)))
    )


@register.filter
def percent(share: Any, places: int = 1) -> str:
    """12.3 % from 0.123."""
    return NONE if share is None else f"{Decimal(str(share)) * 100:.{places}f}%"


@register.simple_tag
def share_of(part: float, whole: float) -> str:
    """part / whole as a percentage; a dash of nothing."""
    return percent(part / whole if whole else None)


@register.filter
def band(probability: float) -> str:
    """low, medium or high: the third a probability of loss lies in."""
    return next(name for name, floor in reversed(BANDS) if probability >= floor)


@register.filter
def at(items: Any, index: int) -> Any:
    """The item of this index."""
    return items[index]


@register.filter
def css_percent(share: Any) -> str:
    """A width for a style attribute, between 0 % and 100 %, whatever the language."""
    return f"{min(max(float(share or 0), 0.0), 1.0) * 100:.2f}%"


@register.filter
def change(value: Any, before: Any) -> str | SafeString:
    """How much more or less than before: ▲ 4.2%, ▼ 1.0%; a dash where before was nothing."""
    if value is None or not before:
        return mark_safe('<span class="change">–</span>')
    share = (float(value) - float(before)) / abs(float(before))
    sign, word = ("▲", _("more than before")) if share > 0 else ("▼", _("less than before")) if share < 0 else ("", "")
    kind = "up" if share > 0 else "down" if share < 0 else "same"
    title = _("%(before)s before") % {"before": f"{before:,}"}
    return format_html(
        '<span class="change {}" title="{}">{} {}<span class="visually-hidden"> {}</span></span>',
        kind,
        title,
        sign,
        f"{abs(share) * 100:.1f}%",
        word,
    )


@register.filter
def day(value: Any) -> str:
    """A date as people write it: 12 Mar 2026, 2026-03-12 in Chinese order."""
    if not value:
        return NONE
    if isinstance(value, datetime):
        value = timezone.localtime(value) if timezone.is_aware(value) else value
    return formats.date_format(value, "Y年n月j日" if _chinese() else "j M Y")


@register.filter
def moment(value: Any) -> str:
    """A date with its time, in the workspace's zone."""
    if not value:
        return NONE
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return formats.date_format(local, "Y年n月j日 H:i" if _chinese() else "j M Y H:i")


@register.filter
def ago(value: Any) -> str | SafeString:
    """Relative within a week and absolute beyond; the exact instant on hover."""
    if not value:
        return NONE
    if not isinstance(value, datetime):
        return _days_ago(value)
    words = _relative((now() - value).total_seconds()) or day(value)
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), moment(value), words)


def _days_ago(value: date) -> SafeString:
    days = (timezone.localtime(now()).date() - value).days
    words = _("today") if days == 0 else ngettext("%(n)d day ago", "%(n)d days ago", days) % {"n": days}
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        value.isoformat(),
        day(value),
        words if 0 <= days <= 7 else day(value),
    )


def _relative(seconds: float) -> str:
    if seconds < -60 or seconds > 7 * 86400:
        return ""
    if seconds < 60:
        return _("just now")
    for size, words in (
        (86400, lambda n: ngettext("%(n)d day ago", "%(n)d days ago", n)),
        (3600, lambda n: ngettext("%(n)d hour ago", "%(n)d hours ago", n)),
        (60, lambda n: ngettext("%(n)d minute ago", "%(n)d minutes ago", n)),
    ):
        if seconds >= size:
            count = int(seconds // size)
            return words(count) % {"n": count}
    return ""


@register.filter
def told(words: Any) -> str:
    """The present language's text of something users wrote as {en, zh}; the other language where one is missing."""
    if words is None:
        return ""
    pick = words.get if isinstance(words, Mapping) else lambda name: getattr(words, name, None)
    if isinstance(words, str):
        return words
    first, second = ("zh", "en") if _chinese() else ("en", "zh")
    return str(pick(first) or pick(second) or "")


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A Tabler icon; decorative unless it is given a label."""
    if label:
        return format_html('<i class="ti ti-{}" role="img" aria-label="{}"></i>', name, label)
    return format_html('<i class="ti ti-{}" aria-hidden="true"></i>', name)


@register.simple_tag
def stage_badge(title: Any, slot: str, href: str = "") -> SafeString:
    """A stage in its colour: `slot` is "1" to "9" or "leaving" (theme/colours.py)."""
    inner = format_html('<span class="dot"></span>{}', told(title))
    tag, link = ("a", format_html(' href="{}"', href)) if href else ("span", "")
    return format_html('<{0} class="stage stage-{1}"{2}>{3}</{0}>', tag, slot, link, inner)


@register.simple_tag
def segment_badge(title: Any, key: str, href: str = "") -> SafeString:
    """A value segment in its colour."""
    tag, link = ("a", format_html(' href="{}"', href)) if href else ("span", "")
    return format_html(
        '<{0} class="stage segment-{1}"{2}><span class="dot"></span>{3}</{0}>', tag, key, link, told(title)
    )


@register.simple_tag(takes_context=True)
def url_with(context: Any, **changes: Any) -> str:
    """The present address with some parameters changed; None takes one away. A list is kept as several."""
    return address_with(context["request"], **changes)


def address_with(request: Any, **changes: Any) -> str:
    """The request's address with some parameters changed (for views)."""
    query = request.GET.copy()
    for name, value in changes.items():
        if value is None or value == "":
            query.pop(name, None)
        elif isinstance(value, list | tuple):
            query.setlist(name, [str(item) for item in value])
        else:
            query[name] = str(value)
    return f"{request.path}?{query.urlencode()}" if query else request.path


@register.simple_tag(takes_context=True)
def sort_header(context: Any, name: str, label: str, css: str = "", first: str = "-") -> SafeString:
    """A column heading that sorts: `?sort=name`, `?sort=-name`. `first` is the order of the first click."""
    present = context.get("sort", "")
    active = present.lstrip("-") == name
    following = ("" if present.startswith("-") else "-") + name if active else first + name
    order = ("descending" if present.startswith("-") else "ascending") if active else "none"
    arrow = mark_safe("") if not active else icon("arrow-down" if present.startswith("-") else "arrow-up")
    href = url_with(context, sort=following, page=None, after=None)
    return format_html(
        '<th scope="col" class="{}" aria-sort="{}"><a href="{}">{}{}</a></th>', css, order, href, label, arrow
    )


@register.inclusion_tag("theme/parts/empty.html")
def empty(icon: str, title: str, text: str = "", url: str = "", button: str = "") -> dict[str, str]:
    """An empty page: what belongs here and the one button that starts it."""
    return {"icon": icon, "title": title, "text": text, "url": url, "button": button}


@register.inclusion_tag("theme/parts/pager.html")
def pager(words: str, before: str = "", after: str = "") -> dict[str, str]:
    """Which rows these are, and the addresses of the pages before and after (empty at the ends)."""
    return {"words": words, "before": before, "after": after}


@register.inclusion_tag("theme/parts/chips.html")
def chips(chips: list[dict[str, str]], clear: str = "") -> dict[str, Any]:
    """The filters in force: each {name, words, without}; `clear` is the address without any."""
    return {"chips": chips, "clear": clear}


@register.inclusion_tag("theme/parts/job.html")
def job_progress(job: Any, then: str = "") -> dict[str, Any]:
    """A progress bar that follows a job; the page goes to `then` when the job is done."""
    return {"job": job, "then": then}


@register.inclusion_tag("theme/parts/tabs.html")
def tabs(tabs: list[dict[str, Any]], target: str = "") -> dict[str, Any]:
    """Tabs: each {label, href, active, count}; with `target` they load into it by htmx."""
    return {"tabs": [{"count": None, **tab} for tab in tabs], "target": target}


@register.inclusion_tag("theme/parts/field.html")
def field(field: Any, placeholder: str = "") -> dict[str, Any]:
    """A form field with label, help and errors, wired for screen readers."""
    kinds = {"checkbox": "form-check-input", "select": "form-select", "selectmultiple": "form-select"}
    attributes = {"class": kinds.get(field.widget_type, "form-control")}
    if field.errors:
        attributes["class"] += " is-invalid"
        attributes["aria-invalid"] = "true"
        attributes["aria-describedby"] = f"{field.id_for_label}_error"
    if placeholder:
        attributes["placeholder"] = placeholder
    return {"field": field, "control": field.as_widget(attrs=attributes)}


@register.simple_tag
def json_data(value: Any, element: str) -> SafeString:
    """Data for a script: `<script type="application/json" id="element">`, safe inside HTML."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    for bad, good in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(bad, good)
    return format_html('<script type="application/json" id="{}">{}</script>', element, mark_safe(text))


@register.simple_tag
def chart(kind: str, data: Any, element: str, label: str, height: int = 260) -> SafeString:
    """A chart drawn by theme/charts.js from its data; `label` says what it shows to those who cannot see it.

    The data is {"x": [...], "series": [{"name", "values", "colour"}], "unit": "people|money|share", …} (see charts.js).
    Put a table with the same figures behind every chart.
    """
    return format_html(
        '<div class="chart" style="height:{}px" data-chart="{}" data-source="{}" role="img" aria-label="{}"></div>{}',
        height,
        kind,
        element,
        label,
        json_data(data, element),
    )
