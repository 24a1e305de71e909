"""Answers packed with gzip, where the client takes it and it pays.

RFC 9110 sections 8.4.1 and 12.5.3; https://hl7.org/fhir/R4/http.html#general (compression).
"""

from __future__ import annotations

import asyncio
import zlib
from functools import lru_cache

from .negotiation import parse, weight

# Below this the headers weigh as much as what is saved.
LEAST = 4096
# From here on packing takes long enough for others to wait.
_LONG = 256 * 1024
_LEVEL = 3


@lru_cache(maxsize=128)
def accepts(accept_encoding: str) -> bool:
    """Whether the client takes gzip."""
    for media in map(parse, accept_encoding.split(",")):
        if media.name in ("gzip", "x-gzip", "*"):
            return weight(media) > 0
    return False


async def packed(body: bytes) -> bytes:
    """The body as gzip."""
    return await asyncio.to_thread(_pack, body) if len(body) > _LONG else _pack(body)


def _pack(body: bytes) -> bytes:
    return zlib.compress(body, _LEVEL, wbits=31)
