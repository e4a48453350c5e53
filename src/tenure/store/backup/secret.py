"""The workspace's secret in a backup: absent, plain, or locked with a passphrase."""

from __future__ import annotations

import hashlib
import hmac
import os

from tenure.errors import UsageError

__all__ = ["fingerprint", "lock", "unlock"]

_COST = {"n": 2**15, "r": 8, "p": 1, "maxmem": 64 * 1024 * 1024}


def fingerprint(secret: bytes) -> str:
    """A name for a secret that does not give it away."""
    return hmac.new(secret, b"tenure backup fingerprint", hashlib.sha256).hexdigest()


def _keys(passphrase: str, salt: bytes, size: int) -> tuple[bytes, bytes]:
    derived = hashlib.scrypt(passphrase.encode(), salt=salt, dklen=size + 32, **_COST)
    return derived[:size], derived[size:]


def lock(secret: bytes, passphrase: str) -> dict[str, str]:
    """The secret under a passphrase: a pad from scrypt with a fresh salt, used once, and a seal over it."""
    salt = os.urandom(16)
    pad, key = _keys(passphrase, salt, len(secret))
    hidden = bytes(a ^ b for a, b in zip(secret, pad, strict=True))
    seal = hmac.new(key, salt + hidden, hashlib.sha256).hexdigest()
    return {"salt": salt.hex(), "hidden": hidden.hex(), "seal": seal}


def unlock(locked: dict[str, str], passphrase: str) -> bytes:
    """The secret again. Raises UsageError when the passphrase is wrong."""
    salt, hidden = bytes.fromhex(locked["salt"]), bytes.fromhex(locked["hidden"])
    pad, key = _keys(passphrase, salt, len(hidden))
    seal = hmac.new(key, salt + hidden, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(seal, locked["seal"]):
        raise UsageError("The passphrase is not the one that the backup was made with.")
    return bytes(a ^ b for a, b in zip(hidden, pad, strict=True))
