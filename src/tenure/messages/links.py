"""Links in a letter: counted through our own redirect, which goes only where the letter itself pointed."""

from __future__ import annotations

import hashlib
import hmac
import html
import re
import secrets
from collections.abc import Callable

from tenure.messages.frame import Letter

__all__ = ["click_token", "new_token", "read_click", "tracked"]

_HREF = re.compile(r'(<a\b[^>]*\shref=")([^"]*)(")', re.IGNORECASE)


def new_token() -> str:
    """An opaque name for one message: 192 random bits, of no use for any other."""
    return secrets.token_urlsafe(24)


def tracked(letter: Letter, click: Callable[[int], str], pixel: str, untouched: str) -> tuple[Letter, list[str]]:
    """The letter with its web links led through `click(number)` and an open pixel; and the targets by number.

    The link equal to `untouched` (unsubscribe) stays as it is. A link that is neither web, mail nor telephone goes.
    """
    targets: list[str] = []

    def lead(match: re.Match[str]) -> str:
        target = html.unescape(match.group(2)).strip()
        if target == untouched or re.match(r"(mailto|tel):", target, re.IGNORECASE):
            return match.group()
        if not re.match(r"https?://", target, re.IGNORECASE):
            return f"{match.group(1)}#{match.group(3)}"
        if target not in targets:
            targets.append(target)
        return f"{match.group(1)}{html.escape(click(targets.index(target)))}{match.group(3)}"

    page = _HREF.sub(lead, letter.html)
    image = f'<img src="{html.escape(pixel)}" width="1" height="1" alt="" style="display:block" />'
    page = page.replace("</body>", f"{image}</body>", 1) if "</body>" in page else page + image
    return Letter(letter.subject, page, letter.text), targets


def click_token(secret: bytes, token: str, number: int) -> str:
    """The signed name of one link of one message."""
    return f"{token}.{number}.{_signed(secret, token, number)}"


def read_click(secret: bytes, text: str) -> tuple[str, int] | None:
    """(message token, link number) of a name that we signed, else None."""
    token, number, signature = [*text.split("."), "", ""][:3]
    if not number.isascii() or not number.isdigit() or len(number) > 4:
        return None
    if not hmac.compare_digest(signature.encode(), _signed(secret, token, int(number)).encode()):
        return None
    return token, int(number)


def _signed(secret: bytes, token: str, number: int) -> str:
    return hmac.new(secret, f"click:{token}:{number}".encode(), hashlib.sha256).hexdigest()[:20]
