"""The controls of a form: inputs and the cards they stand in, and texts in both languages as inputs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

__all__ = ["Card", "Input", "both", "lines", "listed", "mapping", "one_language"]


@dataclass(frozen=True)
class Input:
    """One control. `kind` is text, area, number, flag, select, rule, lines or names."""

    name: str
    label: str
    value: str = ""
    kind: str = "text"
    options: Sequence[tuple[str, Any]] = ()
    hint: Any = ""
    half: bool = False
    placeholder: str = ""


@dataclass(frozen=True)
class Card:
    """Inputs that belong together; `key` is the stage (or the trait) it shows, with what can be done to it.

    `note` stands above the inputs.
    """

    title: str
    inputs: tuple[Input, ...]
    key: str = ""
    first: bool = False
    last: bool = False
    more: tuple[Input, ...] = field(default=())
    noun: str = "stage"
    note: str = ""


def mapping(node: Any) -> dict[str, Any]:
    """The entries of a node, none where it has none."""
    return dict(node) if isinstance(node, Mapping) else {}


LABELS = {  # what a text is called: in Chinese, in English
    "title": (gettext_lazy("Name in Chinese"), gettext_lazy("Name in English")),
    "meaning": (gettext_lazy("Meaning in Chinese"), gettext_lazy("Meaning in English")),
    "owner": (gettext_lazy("Owner team in Chinese"), gettext_lazy("Owner team in English")),
    "needs": (gettext_lazy("What they need, in Chinese"), gettext_lazy("What they need, in English")),
    "task_target": (gettext_lazy("Task target in Chinese"), gettext_lazy("Task target in English")),
    "outcome_target": (gettext_lazy("Outcome target in Chinese"), gettext_lazy("Outcome target in English")),
    "strategies": (gettext_lazy("What we do, in Chinese"), gettext_lazy("What we do, in English")),
    "counter": (gettext_lazy("Word after a number, in Chinese"), gettext_lazy("Word after a number, in English")),
    "phrase": (
        gettext_lazy("How a condition is said in Chinese"),
        gettext_lazy("How a condition is said in English"),
    ),
    "some": (gettext_lazy("“Has one” in Chinese"), gettext_lazy("“Has one” in English")),
    "none": (gettext_lazy("“Has none” in Chinese"), gettext_lazy("“Has none” in English")),
}


def both(path: str, node: Any, kind: str = "text") -> tuple[Input, Input]:
    """A text in both languages."""
    chinese_label, english_label = LABELS[path.rsplit(".", 1)[-1]]
    if isinstance(node, str):
        chinese = any("\u3400" <= letter <= "\u9fff" for letter in node)
        node = {"zh" if chinese else "en": node}
    words = mapping(node)
    return (
        Input(f"{path}.zh", str(chinese_label), words.get("zh", ""), kind, half=True),
        Input(f"{path}.en", str(english_label), words.get("en", ""), kind, half=True),
    )


def lines(path: str, node: Any) -> tuple[Input, Input]:
    """A list of texts, one a line, in both languages side by side."""
    chinese_label, english_label = LABELS[path.rsplit(".", 1)[-1]]
    rows = [
        each if isinstance(each, Mapping) else one_language(each) for each in (node if isinstance(node, list) else [])
    ]
    return (
        Input(
            f"{path}.zh",
            str(chinese_label),
            "\n".join(str(row.get("zh", "")) for row in rows),
            "lines",
            hint=_("One a line; the lines of both languages belong together."),
            half=True,
        ),
        Input(
            f"{path}.en",
            str(english_label),
            "\n".join(str(row.get("en", "")) for row in rows),
            "lines",
            half=True,
        ),
    )


def one_language(text: Any) -> dict[str, str]:
    """A plain text as the text of the language it is written in."""
    chinese = any("\u3400" <= letter <= "\u9fff" for letter in str(text))
    return {"zh" if chinese else "en": str(text)}


def listed(node: Any) -> str:
    """A list, or one text, as one line; nothing for a mapping, which is only shown as YAML."""
    return ", ".join(map(str, node)) if isinstance(node, list) else "" if isinstance(node, Mapping) else str(node)
