"""Opaque secrets: random strings of which only the SHA-256 is kept.

RFC 6749 section 10.10 (guessing): 256 bits, so no salt or slow hash is needed; RFC 6750.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

_CSRF = b"xinglin csrf"


def new() -> str:
    """A fresh secret: 256 random bits, in the alphabet of base64url."""
    return secrets.token_urlsafe(32)


def hashed(secret: str | bytes) -> bytes:
    """What is stored of it."""
    return hashlib.sha256(secret.encode() if isinstance(secret, str) else secret).digest()


def csrf_of(cookie: str | bytes) -> str:
    """The token that a page must send beside its cookie: derived, so that nothing is stored."""
    raw = cookie.encode() if isinstance(cookie, str) else cookie
    return hmac.new(_CSRF, raw, hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Compare in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
