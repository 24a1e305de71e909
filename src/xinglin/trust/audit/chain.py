"""The hash chain: canonical bytes of a row, and the hash that ties it to the row before.

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
    """The last row of a chain: its place and its hash."""

    seq: int
    hash: bytes


def genesis(writer: int) -> Link:
    """What the first row of a chain follows."""
    return Link(0, hashlib.sha256(b"xinglin audit %d" % writer).digest())


def writer_number(node: int, slot: int) -> int:
    """The number of a chain."""
    return node * SLOTS + slot


def canonical(writer: int, seq: int, at: int, event: Event) -> bytes:
    """The bytes that are hashed and stored."""
    return _encode((VERSION, writer, seq, at, event))


def following(before: bytes, entry: bytes) -> bytes:
    """The hash of a row after another."""
    return hashlib.sha256(before + entry).digest()


def read(entry: bytes | str) -> Row:
    """The row of canonical bytes; raises msgspec.DecodeError."""
    _, writer, seq, at, event = _decoder.decode(entry)
    return Row(writer, seq, at, event)


def entity(type_: str, id_: str) -> int:
    """The number by which rows about a resource are found: negative, so that it is no rid."""
    digest = hashlib.blake2b(f"{type_}/{id_}".encode(), digest_size=8, person=b"xinglin audit")
    return int.from_bytes(digest.digest(), signed=True) | -(1 << 63)


def about(event: Event) -> tuple[int, ...]:
    """The numbers by which an event is found."""
    if not event.id:
        return event.patients
    return (*event.patients, entity(event.type, event.id))


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
