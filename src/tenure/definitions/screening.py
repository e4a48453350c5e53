"""What a rule's text must look like before and while sqlglot reads it: short, shallow, and of allowed tokens only."""

from __future__ import annotations

import logging
import re
from collections.abc import Container, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from tenure.definitions.located import did_you_mean
from tenure.errors import DefinitionError

if TYPE_CHECKING:
    from sqlglot.expressions import Expression as Parsed

__all__ = ["FUNCTIONS", "MAX_LENGTH", "names_a_column", "refuse", "screened"]

MAX_LENGTH = 4000
MAX_TOKENS = 400
MAX_PARENTHESES = 20
MAX_TEXT = 200
KEPT = 256  # rules whose trees a process keeps: definitions are read again and again while somebody edits them
FUNCTIONS = (
    "abs", "coalesce", "day", "greatest", "least", "length", "lower", "month", "nullif", "quarter", "round", "weekday",
    "year",
)  # fmt: skip
_TOKENS = frozenset(
    "L_PAREN R_PAREN COMMA PLUS DASH STAR SLASH EQ NEQ LT LTE GT GTE AND OR NOT IN BETWEEN LIKE IS NULL TRUE FALSE "
    "NUMBER STRING VAR DATE CASE WHEN THEN ELSE END".split()
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_WIDE = str.maketrans("（），＞＜＝！‘’“”　＋－＊／", "(),><=!''\"\" +-*/")


def refuse(sentence: str) -> DefinitionError:
    """The error for one problem."""
    return DefinitionError([sentence])


def screened(text: str, known: Container[str]) -> Parsed:
    """One sqlglot tree of tokens that are all allowed, or DefinitionError. `known` holds the names of features."""
    if len(text) > MAX_LENGTH:
        raise refuse(f"it has {len(text)} characters; at most {MAX_LENGTH} are allowed.")
    if not text.strip():
        raise refuse("it is empty.")
    if _CONTROL.search(text):
        raise refuse("it holds a control character. Type it again.")
    _check_shape(text)
    import sqlglot
    from sqlglot.errors import SqlglotError

    logging.getLogger("sqlglot").setLevel(logging.ERROR)  # its warnings repeat what users wrote
    try:
        _check_tokens(_tokens(text), known)
        found = _parsed(text)
    except (SqlglotError, ValueError, IndexError, AttributeError, TypeError) as error:
        raise refuse(f"it cannot be read{_near(error)}. Write conditions such as: orders_90d >= 2.") from None
    if len(found) != 1 or not isinstance(found[0], sqlglot.exp.Expr):
        raise refuse("it must be one condition.")
    return cast("Parsed", found[0])


@lru_cache(maxsize=KEPT)
def _tokens(text: str) -> list[Any]:
    from sqlglot.dialects.duckdb import DuckDB

    return DuckDB().tokenize(text)


@lru_cache(maxsize=KEPT)
def _parsed(text: str) -> list[Any]:
    """The trees of a text whose tokens were checked. Nobody changes them, so that they can be kept."""
    from sqlglot.dialects.duckdb import DuckDB

    return DuckDB().parser().parse(_tokens(text), text)


def _near(error: Exception) -> str:
    places = getattr(error, "errors", None)
    spot = places[0].get("highlight") if places else None
    return f' near "{spot[:40]}"' if spot else ""


def _outside_texts(text: str) -> str:
    return re.sub(r"'(?:[^']|'')*'", "''", text)


def _check_shape(text: str) -> None:
    """Refuse before the parser what costs it dear, and explain what people often type."""
    bare = _outside_texts(text)
    for letter in bare:
        if ord(letter) > 126:
            plain = letter.translate(_WIDE)
            advice = f" Write {plain} instead." if plain != letter and plain.strip() else " Texts go in single quotes."
            raise refuse(f'it holds the character "{letter}" outside a text.{advice}')
    if '"' in bare:
        raise refuse("it holds a double quote. Texts go in single quotes, features are written without quotes.")
    if "--" in bare or "/*" in bare or "#" in bare:
        raise refuse("it holds a comment. Put remarks into the meaning.")
    open_now = most = 0
    for letter in bare:
        open_now += (letter == "(") - (letter == ")")
        most = max(most, open_now)
    if most > MAX_PARENTHESES:
        raise refuse(f"its parentheses are {most} deep; at most {MAX_PARENTHESES} are allowed.")


def _next_text(tokens: list[Any], index: int) -> str:
    """The word after a token."""
    return tokens[index + 1].text if index + 1 < len(tokens) else ""


def _check_tokens(tokens: list[Any], known: Container[str]) -> None:
    if not tokens or len(tokens) > MAX_TOKENS:
        raise refuse(f"it has {len(tokens)} words and signs; between 1 and {MAX_TOKENS} are allowed.")
    before = earlier = ""
    for index, token in enumerate(tokens):
        kind = token.token_type.name
        if token.comments:
            raise refuse("it holds a comment. Put remarks into the meaning.")
        following = tokens[index + 1].token_type.name if index + 1 < len(tokens) else ""
        function = token.text.lower() in FUNCTIONS and following == "L_PAREN"
        named = token.text.lower() in known and following != "L_PAREN"
        if kind == "DOT" and index and _is_name(tokens, index, known):
            continue
        if kind not in _TOKENS and not function and not named:
            raise refuse(f'"{token.text[:40]}" is not allowed here.{_instead(token.text)}')
        if kind == "STRING" and len(token.text) > MAX_TEXT:
            raise refuse(f"it holds a text of {len(token.text)} characters; at most {MAX_TEXT} are allowed.")
        if kind == before == earlier and kind in ("NOT", "DASH", "PLUS"):
            raise refuse(f'it repeats "{token.text}".')
        before, earlier = kind, before


def _is_name(tokens: list[Any], index: int, known: Container[str]) -> bool:
    """Whether the dot stands within a known name; a name that nothing has is told as one."""
    name = f"{tokens[index - 1].text}.{_next_text(tokens, index)}".lower()
    if name in known:
        return True
    first = name.partition(".")[0]
    if isinstance(known, Mapping) and any(key.startswith(f"{first}.") for key in known):
        raise refuse(f'unknown feature "{name[:60]}".{did_you_mean(name, known)}')
    return False


_ADVICE = {
    "ilike": " Use lower(feature) LIKE 'text'.",
    ";": " A rule is one condition.",
    "{": " Write the value itself.",
    "?": " Write the value itself.",
    "%": " Write a share as a number, such as 0.05.",
    "[": " Lists are not available.",
}


def _instead(word: str) -> str:
    return _ADVICE.get(word.lower(), "")


@lru_cache(maxsize=4096)
def names_a_column(key: str) -> bool:
    """Whether the word can stand for a feature in a rule: not AND, NULL, a type name and the like."""
    try:
        found = screened(f"{key} IS NULL", {key})
    except DefinitionError:
        return False
    inner = found.args.get("this")
    return type(found).__name__ == "Is" and type(inner).__name__ == "Column" and getattr(inner, "name", None) == key
