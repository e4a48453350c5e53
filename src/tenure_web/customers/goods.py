"""What products and categories are called for whoever reads."""

from collections.abc import Iterable

from tenure.errors import DefinitionError
from tenure.needs import Titles
from tenure_web.theme.templatetags.look import told
from tenure_web.worker.workspace import current

__all__ = ["called", "titles"]


def titles() -> Titles:
    """The company's own titles; none while their file is wrong, which the page of needs tells."""
    try:
        return current().needs.titles
    except DefinitionError:
        return Titles()


def called(name: str | Iterable[str] | None) -> str | list[str]:
    """A name, or each of several, in the reader's language."""
    if name is None or isinstance(name, str):
        return told(titles().of(name or ""))
    known = titles()
    return [told(known.of(each)) for each in name]
