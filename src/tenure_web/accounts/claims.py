"""The accounts' work for the worker."""

from datetime import datetime

from django.contrib.sessions.models import Session

from tenure_web.accounts import mail
from tenure_web.accounts.models import Link
from tenure_web.worker import loop

__all__ = ["mail", "sweep"]


def sweep(now: datetime) -> int:
    """Remove sessions and links whose time has run out; never more work for now."""
    Session.objects.filter(expire_date__lt=now).delete()
    Link.objects.filter(expires_at__lt=now).delete()
    return 0


loop.register("accounts", sweep, every=3600)
