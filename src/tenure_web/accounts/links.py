"""One-time links: how the first owner, invited people and people who forgot their password come in."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from tenure_web.accounts.models import Link, User

__all__ = ["LIFE", "find", "make", "use", "withdraw"]

LIFE = {
    "start": timedelta(days=7),
    "invitation": timedelta(days=7),
    "reset": timedelta(hours=24),
    "sign-in": timedelta(hours=24),
}
PLACE = {"start": "start", "invitation": "invitation", "reset": "reset", "sign-in": "come-in"}


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def make(kind: str, base_url: str, *, email: str = "", role: str = "", user: User | None = None, by: Any = None) -> str:
    """A new link of this kind; earlier unused ones for the same person stop working. The token is kept as a hash."""
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        withdraw(kind, email=email, user=user)
        Link.objects.create(
            kind=kind,
            token_hash=_hash(token),
            email=email.strip().lower(),
            role=role,
            user=user,
            made_by=by,
            expires_at=timezone.now() + LIFE[kind],
        )
    return f"{base_url.rstrip('/')}/{PLACE[kind]}/{token}/"


def withdraw(kind: str, *, email: str = "", user: User | None = None) -> int:
    """Make the unused links of this kind for this person useless; tells how many there were."""
    mine = Link.objects.filter(kind=kind, used_at=None, user=user, email=email.strip().lower())
    return mine.delete()[0]


def find(kind: str, token: str) -> Link | None:
    """The link of this kind with this token, if it has not been used and has not run out."""
    open_ones = Link.objects.filter(kind=kind, used_at=None, expires_at__gt=timezone.now())
    return open_ones.select_related("user").filter(token_hash=_hash(token)).first()


def use(link: Link) -> bool:
    """Take the link: True for the first who comes, False for everyone after."""
    return Link.objects.filter(pk=link.pk, used_at=None).update(used_at=timezone.now()) == 1
