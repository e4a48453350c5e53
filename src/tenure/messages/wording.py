"""Wording: templates in Liquid, rendered from plain data under limits on loops, output, memory and ranges.

An author may be careless or hostile; a customer's name may be anything. So only mapping keys resolve, output is
escaped for HTML, filters are an allow-list, and a missing value stops the message rather than printing nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from liquid import BoundTemplate, Environment, FalsyStrictUndefined
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.exceptions import LiquidError, UndefinedError
from liquid.filter import with_context

from tenure import money
from tenure.errors import UsageError

__all__ = ["WordingError", "fill", "problems"]

LONGEST = 200_000  # characters of a template
WIDEST_RANGE = 1_000
FILTERS = frozenset(
    "abs append at_least at_most capitalize ceil date default divided_by downcase escape first floor join last lstrip"
    " map minus modulo money newline_to_br plus prepend remove replace reverse round rstrip size slice sort split"
    " strip times truncate truncatewords uniq upcase url_encode where".split()
)
TAGS = frozenset("assign break capture case comment continue cycle else elsif for if raw unless when".split())


class WordingError(UsageError):
    """A template that cannot be read, or cannot be filled in for this customer."""


class _Limited(Environment):
    context_depth_limit = 30
    loop_iteration_limit = 2_000
    local_namespace_limit = 200_000
    output_stream_limit = 500_000

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        for name in [name for name in self.filters if name not in FILTERS]:
            del self.filters[name]
        for name in ("include", "render", "increment", "decrement", "tablerow", "liquid", "echo", "doc"):
            self.tags.pop(name, None)
        plain_date = self.filters["date"]
        self.filters["date"] = lambda value, form: plain_date(value, _harmless_form(form))
        self.filters["money"] = _money


def _harmless_form(form: object) -> object:
    """A width in a date format (%99999999d) makes the C library print that many characters."""
    if re.search(r"%[^a-zA-Z%]{2,}", str(form)):
        raise WordingError("A date format cannot ask for a width.")
    return form


@with_context
def _money(value: object, *, context: Any) -> str:
    """Minor units as money in the company's currency."""
    currency = context.resolve("company").get("currency", "USD")
    return money.text(int(str(value)), currency)


_make_range = RangeLiteral._make_range


def _capped_range(literal: RangeLiteral, start: Any, stop: Any) -> range:
    """The library counts iterations of a loop but not of a range that is joined: (1..100000000) would take a minute."""
    found = _make_range(literal, start, stop)
    if len(found) > WIDEST_RANGE:
        raise WordingError(f"A range has at most {WIDEST_RANGE} numbers.")
    return found


setattr(RangeLiteral, "_make_range", _capped_range)  # noqa: B010  (the type of a method cannot be assigned)

_HTML = _Limited(autoescape=True, strict_filters=True, undefined=FalsyStrictUndefined)
_TEXT = _Limited(autoescape=False, strict_filters=True, undefined=FalsyStrictUndefined)


@lru_cache(maxsize=512)
def _parsed(source: str, html: bool) -> BoundTemplate:
    if len(source) > LONGEST:
        raise WordingError(f"The text is longer than {LONGEST:,} characters.")
    try:
        return (_HTML if html else _TEXT).from_string(source)
    except LiquidError as error:
        raise WordingError(_told(error)) from error
    except RecursionError as error:
        raise WordingError("The text is nested too deeply.") from error


def _told(error: LiquidError) -> str:
    line = ""
    if error.token is not None and error.token.start_index >= 0:
        line = f"line {error.token.source.count(chr(10), 0, error.token.start_index) + 1}: "
    return f"{line}{str(error.message or 'it cannot be read').rstrip('.')}."


def fill(source: str, values: Mapping[str, object], html: bool) -> str:
    """The text with the values filled in. Raises WordingError when one that is needed is missing or a limit is met."""
    template = _parsed(source, html)
    try:
        return str(template.render(**values))
    except WordingError:
        raise
    except UndefinedError as error:
        name = str(error.message or "").removesuffix(" is undefined").strip("'") or "a value"
        raise WordingError(f"It needs {name}, which this customer does not have.") from error
    except LiquidError as error:
        raise WordingError(_told(error)) from error
    except (ValueError, TypeError, ArithmeticError, RecursionError, MemoryError, AttributeError) as error:
        raise WordingError(f"It cannot be filled in ({type(error).__name__}).") from error


def problems(source: str, known: Mapping[str, frozenset[str] | None]) -> list[str]:
    """What is wrong with a template: unreadable, or naming what does not exist.

    `known` maps a root such as "customer" to its names; None allows any name below it.
    """
    try:
        template = _parsed(source, True)
    except WordingError as error:
        return [str(error)]
    found = []
    for name in template.filter_names():
        if name not in FILTERS:
            found.append(f'There is no filter "{name}". Use one of: {", ".join(sorted(FILTERS))}.')
    for segments in template.global_variable_segments():
        problem = _unknown([str(segment) for segment in segments], known)
        if problem and problem not in found:
            found.append(problem)
    return found


def _unknown(path: list[str], known: Mapping[str, frozenset[str] | None]) -> str:
    written = ".".join(path)
    if path[0] not in known:
        return f'There is no "{written}". Begin with one of: {", ".join(sorted(known))}.'
    names = known[path[0]]
    if names is None or (not names and len(path) == 1):
        return ""
    if len(path) < 2 or path[1] not in names:
        return f'There is no "{written}". Under {path[0]} there are: {", ".join(sorted(names)[:40])}.'
    return ""
