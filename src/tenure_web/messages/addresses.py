"""The public addresses a message carries: its opaque token, under the installation's own address."""

from django.urls import reverse

from tenure.messages import click_token
from tenure_web.worker import workspace

__all__ = ["click_url", "open_url", "unsubscribe_url"]


def _absolute(path: str) -> str:
    return workspace.current().settings.address.rstrip("/") + path


def unsubscribe_url(token: str) -> str:
    """Where one click leaves."""
    return _absolute(reverse("unsubscribe", args=[token]))


def open_url(token: str) -> str:
    """The pixel that tells of an open."""
    return _absolute(reverse("opened", args=[token]))


def click_url(token: str, number: int) -> str:
    """The redirect of one link."""
    return _absolute(reverse("clicked", args=[click_token(workspace.current().secret, token, number)]))
