"""Failed sign-ins are counted against the account and against the address they came from."""

import hashlib
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from tenure_web.accounts.models import Attempt

__all__ = ["address", "clear", "count", "must_wait"]

WINDOW = timedelta(minutes=15)
PER_ACCOUNT, PER_ADDRESS = 8, 40


def address(request: HttpRequest) -> str:
    """Where the request came from; what a stranger writes into X-Forwarded-For counts only behind a known proxy."""
    near = str(request.META.get("REMOTE_ADDR", ""))
    if near in getattr(settings, "TRUSTED_PROXIES", ()):
        return str(request.headers.get("X-Forwarded-For", near)).split(",")[-1].strip()
    return near


def _subjects(request: HttpRequest, email: str) -> dict[str, int]:
    names = {f"account:{email.strip().lower()}": PER_ACCOUNT, f"address:{address(request)}": PER_ADDRESS}
    return {hashlib.sha256(name.encode()).hexdigest(): most for name, most in names.items()}


def must_wait(request: HttpRequest, email: str) -> bool:
    """Whether there were too many failures of late for this account or from this address."""
    since = timezone.now() - WINDOW
    return any(
        Attempt.objects.filter(subject=subject, at__gt=since).count() >= most
        for subject, most in _subjects(request, email).items()
    )


def count(request: HttpRequest, email: str) -> None:
    """Remember a failure, and forget those too old to matter."""
    now = timezone.now()
    Attempt.objects.filter(at__lt=now - WINDOW).delete()
    Attempt.objects.bulk_create(Attempt(subject=subject, at=now) for subject in _subjects(request, email))


def clear(request: HttpRequest, email: str) -> None:
    """A person who got in starts afresh; the address keeps its count."""
    own = next(iter(_subjects(request, email)))
    Attempt.objects.filter(subject=own).delete()
