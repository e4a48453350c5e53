"""Small numbers for the words of the definitions. Cached in the process: a label never changes once given."""

from functools import lru_cache

from tenure_web.customers.models import Label

_ids: dict[tuple[str, str], int] = {}


def label_id(kind: str, *keys: str) -> int:
    """The number of a word, given on first use. `label_id("stage", "growth", "retention")`."""
    word = (kind, "/".join(keys))
    if not _ids:
        _ids.update({(label.kind, label.key): label.pk for label in Label.objects.all()})
    if word not in _ids:
        _ids[word] = Label.objects.get_or_create(kind=kind, key=word[1])[0].pk
    return _ids[word]


def known_label(kind: str, *keys: str) -> int:
    """The number of a word for those who only look: 0, which no row has, for a word that nobody was given yet."""
    word = (kind, "/".join(keys))
    if word not in _ids:
        number = Label.objects.filter(kind=kind, key=word[1]).values_list("pk", flat=True).first()
        if number is None:
            return 0
        _ids[word] = number
    return _ids[word]


def label_ids(kind: str) -> dict[str, int]:
    """All known words of a kind: {"growth/retention": 7}."""
    return dict(Label.objects.filter(kind=kind).values_list("key", "id"))


@lru_cache(maxsize=4096)
def label_key(number: int) -> str:
    """The word behind a number; stages read "lifecycle/stage"."""
    return Label.objects.values_list("key", flat=True).get(pk=number)


def forget() -> None:
    """Empty the process's memory (for tests that change databases)."""
    _ids.clear()
    label_key.cache_clear()
