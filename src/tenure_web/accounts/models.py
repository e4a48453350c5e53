"""People who use Tenure, the one-time links they come in by, and the sign-in attempts that are counted."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models


class People(BaseUserManager["User"]):
    """Finds and makes users; addresses are kept in small letters."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user: User = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email=(email or "").strip().lower())


class User(AbstractBaseUser):
    """A person of the company; the role decides what they may do (rights.py)."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=100)
    role = models.CharField(max_length=10, default="viewer")
    language = models.CharField(max_length=10, blank=True, default="")
    theme = models.CharField(max_length=5, blank=True, default="")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = People()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=["owner", "manager", "member", "viewer"]), name="user_role_known"
            )
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def initials(self) -> str:
        """One or two letters for the avatar: the last characters of a Chinese name, the first letters otherwise."""
        words = (self.name or self.email).split()
        first = words[0] if words else "?"
        if not first.isascii():
            return first[-2:]
        return (first[0] + (words[-1][0] if len(words) > 1 else "")).upper()


class Link(models.Model):
    """A one-time way in; only the hash of its token is kept, so that a copy of the database opens nothing."""

    KINDS = [("start", "start"), ("invitation", "invitation"), ("reset", "reset"), ("sign-in", "sign-in")]
    kind = models.CharField(max_length=10, choices=KINDS)
    token_hash = models.CharField(max_length=64, unique=True)
    email = models.EmailField(blank=True)
    role = models.CharField(max_length=10, blank=True)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "used_at"])]


class Attempt(models.Model):
    """A failed sign-in, counted against the account and against the address it came from."""

    subject = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["subject", "at"])]
