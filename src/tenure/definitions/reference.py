"""Tables of what ships, in Markdown, made from the definitions: the guides hold them, a test keeps them true."""

from __future__ import annotations

from collections.abc import Iterable

from tenure.definitions.objects import Definitions, Feature, Lifecycle

__all__ = ["features_table", "lifecycles_table"]


def features_table(definitions: Definitions, language: str) -> str:
    """One row a feature: key, title, meaning."""
    head = ("特征", "名称", "含义") if language == "zh" else ("feature", "title", "meaning")
    return _table(head, (_row(each, language) for each in definitions.features.values() if each.built_in))


def _row(feature: Feature, language: str) -> tuple[str, ...]:
    return f"`{feature.key}`", feature.title.text(language), feature.meaning.text(language)


def lifecycles_table(definitions: Definitions, language: str) -> str:
    """One row a stage of every lifecycle: keys, title, rule in words."""
    head = (
        ("生命周期", "阶段", "名称", "进入条件")
        if language == "zh"
        else ("lifecycle", "stage", "title", "who is in it")
    )
    return _table(head, (row for each in definitions.lifecycles.values() for row in _stages(each, language)))


def _stages(lifecycle: Lifecycle, language: str) -> Iterable[tuple[str, ...]]:
    for stage in lifecycle.stages:
        rule = stage.rule.words(language) if stage.rule else ("其他所有人" if language == "zh" else "everybody else")
        yield f"`{lifecycle.key}`", f"`{stage.key}`", stage.title.text(language), rule


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
