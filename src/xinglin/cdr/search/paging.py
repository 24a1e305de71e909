"""Page tokens: where a page begins, bound to the query that made them.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/http.html#paging. A token of another query, of another
installation, or a changed one is refused.
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import msgspec

from .order import Mark, Term, plain_value, typed_value
from .values import refuse

if TYPE_CHECKING:
    from .request import Pairs

PAGE = "_page"
UNBOUND = frozenset(("_count", "_total", "_summary", "_elements", PAGE))
_MAC = 9


def seal(secret: bytes, query: str, mark: Mark) -> str:
    """The token of a mark."""
    values = [plain_value(raw) for raw in mark.values]
    payload = msgspec.json.encode([int(mark.back), mark.rid, values])
    return urlsafe_b64encode(_mac(secret, query, payload) + payload).decode().rstrip("=")


def unseal(secret: bytes, query: str, terms: tuple[Term, ...], token: str) -> Mark:
    """The mark of a token. Raises Malformed where it does not belong to this query."""
    try:
        raw = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
        mac, payload = raw[:_MAC], raw[_MAC:]
        if mac != _mac(secret, query, payload):
            raise ValueError(token)  # noqa: TRY301 - one refusal for whatever is wrong
        back, rid, values = msgspec.json.decode(payload, type=tuple[int, int, list[Any]])
        pairs = zip(terms, values, strict=True)
        return Mark(tuple(typed_value(term, value) for term, value in pairs), rid, bool(back))
    except (ValueError, binascii.Error, msgspec.DecodeError, ArithmeticError) as error:
        raise refuse(
            PAGE,
            "This page token does not belong to this search; begin again without '_page'.",
            "该分页标记不属于本次检索；请去掉“_page”重新检索。",
        ) from error


def fingerprint(path: str, pairs: Pairs) -> str:
    """What a token is bound to: the path and every parameter that selects or sorts."""
    bound = [pair for pair in pairs if pair[0] not in UNBOUND]
    return msgspec.json.encode([path, bound]).decode()


def _mac(secret: bytes, query: str, payload: bytes) -> bytes:
    """Who may not see the secret cannot make a token, nor use one with another query."""
    mac = blake2b(payload, digest_size=_MAC, key=secret, person=b"search-page")
    mac.update(query.encode())
    return mac.digest()
