"""The hash chain: canonical bytes of a row, and the hash that ties segments of rows together.

FIPS 180-4 (SHA-256); docs/adr/0010-audit.md. Pure functions.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import msgspec

from .model import Event, Row

VERSION = 1
SLOTS = 1000
_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(tuple[int, int, int, int, Event])


class Link(NamedTuple):
    """The end of a chain: the place of its last row, and the hash of its last segment."""

    seq: int
    hash: bytes


def genesis(writer: int) -> Link:
    """What the first row of a chain follows."""
    return Link(0, hashlib.sha256(b"xinglin audit %d" % writer).digest())


def writer_number(node: int, slot: int) -> int:
    """The number of a chain."""
    return node * SLOTS + slot


def canonical(writer: int, seq: int, at: int, event: Event) -> bytes:
    """The bytes that are hashed and stored; a line without a line break."""
    return _encode((VERSION, writer, seq, at, event))


def following(before: bytes, entries: bytes) -> bytes:
    """The hash of a segment after another."""
    return hashlib.sha256(before + entries).digest()


def read(entry: bytes | str) -> Row:
    """The row of canonical bytes; raises msgspec.DecodeError."""
    _, writer, seq, at, event = _decoder.decode(entry)
    return Row(writer, seq, at, event)


def id_of(writer: int, seq: int) -> str:
    """The id of a row as an AuditEvent."""
    return f"chain-{writer}-{seq}"


def place_of(id_: str) -> tuple[int, int] | None:
    """Writer and place of such an id; None: it is not of a chain."""
    parts = id_.split("-")
    if len(parts) != 3 or parts[0] != "chain":
        return None
    if not all(part.isascii() and part.isdigit() and len(part) < 17 for part in parts[1:]):
        return None
    return int(parts[1]), int(parts[2])
