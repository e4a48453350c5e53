"""Publishing, starting, pausing and resuming a journey."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from tenure.errors import DefinitionError
from tenure_web.journeys import enrol
from tenure_web.journeys.catalogue import of_version, problems
from tenure_web.journeys.models import Journey, Version
from tenure_web.messages import outbox

__all__ = ["pause", "publish", "resume", "start"]


def publish(row: Journey, user: Any) -> Version:
    """Make the draft the version that newcomers walk; people on their way keep theirs. Raises DefinitionError."""
    found = _empty(row) or problems(row.draft)
    if found:
        raise DefinitionError(found)
    with transaction.atomic():
        last = row.versions.aggregate(last=Max("number"))["last"] or 0
        version = Version.objects.create(journey=row, number=last + 1, tree=row.draft, author=user)
        follows_other_moves = row.current is None or row.current.tree.get("trigger") != row.draft.get("trigger")
        row.current, row.problem = version, ""
        if follows_other_moves:
            row.moves_seen = enrol.last_move(of_version(version))
        row.save(update_fields=["current", "problem", "moves_seen"])
    return version


def _empty(row: Journey) -> list[str]:
    return [] if row.draft.get("steps") else [_("there is no step in it yet. Add at least one.")]


def start(row: Journey, user: Any, now: datetime, everybody: bool) -> int:
    """Let people in from now on; with `everybody` also those who are there already. Returns how many of those."""
    if row.current is None or row.current.tree != row.draft or _empty(row):
        publish(row, user)
    row.state, row.started_at, row.moves_seen = Journey.RUNNING, now, enrol.last_move(of_version(row.current))
    row.save(update_fields=["state", "started_at", "moves_seen"])
    return enrol.present(row, now) if everybody else 0


def pause(row: Journey) -> None:
    """Nobody enters, nobody goes on, nothing leaves the outbox; everybody keeps their place."""
    with transaction.atomic():
        Journey.objects.filter(pk=row.pk).update(state=Journey.PAUSED)
        outbox.hold(row.versions.values_list("pk", flat=True), True)


def resume(row: Journey) -> None:
    """Go on where it stopped; who moved into the trigger meanwhile enters now. Raises DefinitionError."""
    of_version(row.current)
    with transaction.atomic():
        Journey.objects.filter(pk=row.pk).update(state=Journey.RUNNING, problem="")
        outbox.hold(row.versions.values_list("pk", flat=True), False)
