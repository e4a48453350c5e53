"""When two customers turn out to be one person, what was planned for and sent to either belongs to that person."""

from tenure_web.messages.models import Message


def follow(old: int, new: int) -> None:
    """Messages of the customer `old` are those of `new` from now on: one budget, one history."""
    Message.objects.filter(customer_key=old).update(customer_key=new)
