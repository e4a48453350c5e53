"""How the command line speaks: documents on stdout, progress and failures on stderr, in Chinese or English."""

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tenure.sentences import in_language
from tenure_cli.words import CHINESE

Progress = Callable[..., None]

_language = "en"


def settle(language: str | None = None) -> None:
    """Choose the language: LC_ALL, LC_MESSAGES or LANG, else what is given (the workspace's)."""
    global _language
    spoken = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    if spoken.split(".")[0] in ("", "C", "POSIX"):
        spoken = language or ""
    _language = "zh" if spoken.lower().startswith("zh") else "en"


def language() -> str:
    """en or zh."""
    return _language


def tr(text: str, **values: object) -> str:
    """The text in the chosen language, with its values filled in."""
    chosen = CHINESE.get(text, text) if _language == "zh" else text
    return chosen.format(**values) if values else chosen


def counted(count: int, one: str, many: str, **values: object) -> str:
    """The text for one, or that for many, which both may hold {count}; Chinese has one text for both."""
    return tr(one if count == 1 and _language == "en" else many, count=count, **values)


def unscored(sources: Iterable[str]) -> list[str]:
    """That rules read scores which nobody has made yet, and how to make them: one sentence a source."""
    text = "No {source} scores yet: no rule on them holds. Run: tenure {command} score"
    return [tr(text, source=each, command="risk" if each == "health" else each) for each in sources]


def title(words: Any) -> str:
    """A definition's text in the chosen language."""
    return str(words.text(_language))


def both(words: Any) -> dict[str, str]:
    """A definition's text in both languages, for documents."""
    return {"en": words.en, "zh": words.zh}


def document(value: object) -> None:
    """Print one JSON document."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def share(part: int, whole: int) -> str:
    """A part of a whole in per cent."""
    return f"{part / whole:.1%}" if whole else "-"


def moment(clock: Any, instant: datetime) -> str:
    """An instant in the workspace's zone, to the minute; a day's first instant is said as the day."""
    local = instant.astimezone(ZoneInfo(clock.zone_name))
    return f"{local:%Y-%m-%d}" if (local.hour, local.minute, local.second) == (0, 0, 0) else f"{local:%Y-%m-%d %H:%M}"


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under a head; numbers to the right; Chinese letters are two wide."""
    shown = [[_cell(cell) for cell in row] for row in rows]
    numeric = [any(isinstance(row[n], int | float) for row in rows) for n in range(len(head))]
    widths = [max(_width(row[n]) for row in [list(head), *shown]) for n in range(len(head))]
    for row in [list(head), *shown]:
        cells = (_pad(cell, width, right) for cell, width, right in zip(row, widths, numeric, strict=True))
        print("  ".join(cells).rstrip())


def lines(texts: Sequence[str]) -> None:
    """Print one text a line: ids, to be piped on."""
    for text in texts:
        print(text)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _width(text: str) -> int:
    return sum(2 if "ᄀ" <= letter <= "ￜ" else 1 for letter in text)


def _pad(text: str, width: int, right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space


def say(text: str = "") -> None:
    """A line for the person who waits; not part of the answer."""
    print(text, file=sys.stderr, flush=True)


def said(text: object) -> str:
    """What the library said in English, in the chosen language. Documents (--json) keep the English."""
    return in_language(str(text), _language)


def failed(text: str) -> int:
    """Tell a failure and give its exit code."""
    say(f"tenure: {said(text)}")
    return 1


def closed() -> int:
    """The reader of our answer went away (`| head`): not worth a word."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


@contextmanager
def bar(label: str, quiet: bool = False) -> Iterator[Progress]:
    """A progress bar on stderr that takes fractions; silent where nobody looks at a terminal."""
    from tqdm import tqdm

    shown = "{desc}: {percentage:3.0f}%|{bar}| {elapsed}<{remaining} {postfix}"
    watched = not quiet and sys.stderr.isatty()
    with tqdm(total=100, desc=label, bar_format=shown, disable=not watched, file=sys.stderr, leave=False) as line:

        def progress(fraction: float, message: str = "") -> None:
            line.n = round(100 * min(max(fraction, 0), 1), 1)
            if message:
                line.set_postfix_str(tr(message), refresh=False)
            line.refresh()

        yield progress
