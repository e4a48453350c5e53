"""The way in before anyone has an account, and the way back in for someone at the server's keyboard."""

from tenure.errors import NotFound
from tenure_web.accounts import links
from tenure_web.accounts.models import User

__all__ = ["has_owner", "link", "reset_link", "sign_in_link"]


def has_owner() -> bool:
    """Whether someone can already run this installation."""
    return User.objects.filter(role="owner", is_active=True).exists()


def link(base_url: str) -> str | None:
    """A fresh one-time link that makes the first owner, or None when there is one. Older links stop working."""
    return None if has_owner() else links.make("start", base_url)


def reset_link(email: str, base_url: str) -> str:
    """A one-time link with which this person chooses a new password. Raises NotFound for an unknown address."""
    return links.make("reset", base_url, user=_somebody(email))


def sign_in_link(email: str, base_url: str) -> str:
    """A one-time link that signs this person in. Raises NotFound for an unknown address."""
    return links.make("sign-in", base_url, user=_somebody(email))


def _somebody(email: str) -> User:
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if user is None:
        raise NotFound(f"Nobody active here signs in as {email}.")
    return user
