"""When two customers turn out to be one person, the ways that either walks are that person's."""

from tenure_web.journeys.models import Enrolment
from tenure_web.messages import people


def follow(old: int, new: int) -> None:
    """Enrolments and messages of the customer `old` are those of `new` from now on."""
    Enrolment.objects.filter(customer_key=old).update(customer_key=new)
    people.follow(old, new)
