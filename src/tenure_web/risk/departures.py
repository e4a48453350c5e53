"""Why customers left, as colleagues said: the tree to choose from, one customer's answer, counts over all."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max

from tenure.definitions import Words
from tenure.risk import load_departures
from tenure.workspace import Workspace
from tenure_web.customers import labels
from tenure_web.customers.models import Place
from tenure_web.risk.models import Departure

__all__ = ["Counted", "counts", "has_left", "latest", "titles", "tree"]


@dataclass(frozen=True)
class Counted:
    """How many customers left for a reason, and what it was about, the most frequent first."""

    title: Words
    customers: int
    last: datetime | None
    parts: tuple["Counted", ...] = ()


def tree(shop: Workspace) -> list[tuple[str, Words, list[tuple[str, Words]]]]:
    """Every reason with its parts: key, words, parts as (key, words)."""
    found = load_departures(shop.folder / "definitions")
    return [
        (each.key, each.title, [(f"{each.key}.{key}", words) for key, words in each.parts.items()]) for each in found
    ]


def titles(shop: Workspace) -> dict[str, Words]:
    """What can be chosen: reasons and parts by key, in full words."""
    found = {}
    for key, title, parts in tree(shop):
        found[key] = title
        for part, words in parts:
            found[part] = Words(f"{title.text('en')}: {words.text('en')}", f"{title.text('zh')}：{words.text('zh')}")
    return found


def has_left(shop: Workspace, key: int) -> bool:
    """Whether a customer is in a leaving stage of the workspace's own lifecycle."""
    lifecycle = shop.lifecycle()
    words = [f"{lifecycle.key}/{stage.key}" for stage in lifecycle.stages if stage.leaving]
    known = labels.label_ids("stage")
    leaving = [known[word] for word in words if word in known]
    return Place.objects.filter(customer_key=key, stage__in=leaving).exists()


def latest(key: int) -> Departure | None:
    """What was said of a customer last."""
    return Departure.objects.filter(customer_key=key).select_related("author").order_by("-pk").first()


def counts(shop: Workspace) -> list[Counted]:
    """The reasons that were given, each customer once, by what was said last. An unknown key is its own title."""
    last = Departure.objects.values("customer_key").annotate(newest=Max("pk")).values("newest")
    rows = Departure.objects.filter(pk__in=last).values("reason").annotate(n=Count("pk"), at=Max("at"))
    said = {row["reason"]: (row["n"], row["at"]) for row in rows}
    known = {key: title for key, title, _ in tree(shop)}
    parts = {part: words for _, _, below in tree(shop) for part, words in below}
    tops = {key.partition(".")[0] for key in said}
    found = [_counted(top, known.get(top, Words(top, top)), parts, said) for top in sorted(tops)]
    return sorted(found, key=lambda each: -each.customers)


def _counted(top: str, title: Words, parts: dict[str, Words], said: dict[str, tuple[int, datetime]]) -> Counted:
    below = sorted(key for key in said if key.startswith(f"{top}."))
    listed = [Counted(parts.get(key, Words(key, key)), *said[key]) for key in below]
    listed.sort(key=lambda each: -each.customers)
    of_all = [said[key] for key in (*below, top) if key in said]
    return Counted(title, sum(n for n, _ in of_all), max(at for _, at in of_all), tuple(listed))
