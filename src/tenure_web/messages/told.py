"""What became of messages goes back into the ring as events, each exactly once: its id is made from what happened."""

from collections.abc import Sequence
from typing import Any

from tenure.collect.calls import Happening
from tenure_web.messages.models import Message, Reaction
from tenure_web.worker import workspace

__all__ = ["tell"]

BATCH = 500
NAMES = {
    Reaction.OPENED: "Email Opened",
    Reaction.CLICKED: "Email Link Clicked",
    Reaction.UNSUBSCRIBED: "Email Unsubscribed",
}


def tell(_now: object = None) -> int:
    """Record deliveries and reactions that are not yet events; returns how many."""
    sent = list(Message.objects.filter(told=False, state=Message.SENT, kind=Message.JOURNEY).order_by("id")[:BATCH])
    reactions = list(Reaction.objects.filter(told=False).select_related("message").order_by("id")[:BATCH])
    happenings = [_delivered(message) for message in sent] + [_reacted(reaction) for reaction in reactions]
    if happenings:
        workspace.current().collect.record(happenings)
        Message.objects.filter(pk__in=[message.pk for message in sent]).update(told=True)
        Reaction.objects.filter(pk__in=[reaction.pk for reaction in reactions]).update(told=True)
    return len(happenings)


def _properties(message: Message) -> dict[str, Any]:
    return {"message": message.pk, "template": message.template, "step": message.step}


def _delivered(message: Message) -> Happening:
    at = message.done_at or message.planned_at
    return Happening(
        message.customer_key or 0, "Email Delivered", at, f"message-{message.pk}-delivered", _properties(message)
    )


def _reacted(reaction: Reaction) -> Happening:
    message = reaction.message
    properties = _properties(message)
    links: Sequence[str] = message.links
    if reaction.kind == Reaction.CLICKED and reaction.number < len(links):
        properties["url"] = links[reaction.number]
    mark = f"message-{message.pk}-{reaction.kind}-{reaction.number}"
    return Happening(message.customer_key or 0, NAMES[reaction.kind], reaction.at, mark, properties)
