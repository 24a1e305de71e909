"""Signed heads: what a chain looked like at a moment, kept where the database cannot reach.

RFC 8032 (Ed25519); docs/adr/0010-audit.md. One JSON line a second and writer, in a file a day.
"""

from __future__ import annotations

import base64
import hashlib
import os
from typing import TYPE_CHECKING, Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

FOLDER = "audit-heads"
_RAW = (serialization.Encoding.Raw, serialization.PublicFormat.Raw)
_PEM = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
State = Literal["", "start", "stop", "closed"]
DIGEST = 4  # bytes that a head tells of each row


class Head(msgspec.Struct, frozen=True, omit_defaults=True):
    """The last row of a chain at a moment (``at``: RFC 3339).

    ``state``: the process has just begun, has ended in order, or has left the chain for good
    (``closed``: whatever follows is forged). ``rows`` are `DIGEST` bytes of BLAKE2b of
    each row since the head before, ``first`` the place of the first of them.
    """

    at: str
    writer: int
    seq: int
    hash: str
    state: State = ""
    first: int = 0
    rows: str = ""
    key: str = ""
    sig: str = ""

    def signed_bytes(self) -> bytes:
        """What the signature is over."""
        told = ("xinglin audit head 1", self.at, self.writer, self.seq, self.hash, self.state)
        return msgspec.json.encode((*told, self.first, self.rows, self.key))

    def digests(self) -> list[bytes]:
        """The beginnings of the hashes of the entries, from ``first`` on."""
        raw = base64.b64decode(self.rows)
        return [raw[n : n + DIGEST] for n in range(0, len(raw), DIGEST)]


def digest(entry: bytes) -> bytes:
    """What a head tells of a row: its time and event, whatever place it has in the chain."""
    return hashlib.blake2b(entry.split(b",", 3)[-1], digest_size=DIGEST).digest()


class Signer:
    """The key of an installation, in a folder outside the database."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = {key_id(key.public_key()): key.public_key()}
        self.id = key_id(key.public_key())

    @classmethod
    def of(cls, folder: Path) -> Signer:
        """Read the key ``audit.pem``, or make it where there is none."""
        path = folder / "audit.pem"
        if not path.exists():
            _make(folder, path)
        key = serialization.load_pem_private_key(path.read_bytes(), None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError(f"{path} holds no Ed25519 key")
        return cls(key)

    def sign(self, head: Head) -> Head:
        """The same with key and signature."""
        named = msgspec.structs.replace(head, key=self.id)
        signature = base64.b64encode(self._key.sign(named.signed_bytes())).decode()
        return msgspec.structs.replace(named, sig=signature)


def _make(folder: Path, path: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    fresh = folder / f".audit.{os.getpid()}"
    fresh.touch(0o600)
    fresh.write_bytes(pem)
    try:
        path.hardlink_to(fresh)  # the first of several processes wins
        path.with_suffix(".pub").write_bytes(key.public_key().public_bytes(*_PEM))
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def key_id(key: Ed25519PublicKey) -> str:
    """A short name of a public key."""
    return hashlib.sha256(key.public_bytes(*_RAW)).hexdigest()[:16]


def public_keys(paths: Iterable[Path]) -> dict[str, Ed25519PublicKey]:
    """The keys in these files, by their names; private ones serve too."""
    found: dict[str, Ed25519PublicKey] = {}
    for path in paths:
        pem = path.read_bytes()
        if b"PRIVATE" in pem:
            key = serialization.load_pem_private_key(pem, None)
            public = key.public_key() if isinstance(key, Ed25519PrivateKey) else None
        else:
            public = serialization.load_pem_public_key(pem)
        if isinstance(public, Ed25519PublicKey):
            found[key_id(public)] = public
    return found


def genuine(head: Head, keys: dict[str, Ed25519PublicKey]) -> bool:
    """Whether a known key has signed it."""
    key = keys.get(head.key)
    if key is None:
        return False
    try:
        key.verify(base64.b64decode(head.sig), head.signed_bytes())
    except (InvalidSignature, ValueError):
        return False
    return True


def append(path: Path, line: bytes) -> None:
    """Add a line, whole, and have it on disk; several processes may do so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        os.write(handle, line + b"\n")
        os.fdatasync(handle)
    finally:
        os.close(handle)


def files(source: Path) -> list[Path]:
    """The files of a folder of heads, or one file, oldest first."""
    return sorted(source.glob("*.ndjson")) if source.is_dir() else [source]


def read(source: Path) -> Iterator[Head | bytes]:
    """The heads of a folder or file in order; a line that is none comes as it is."""
    for path in files(source):
        with path.open("rb") as file:
            for line in file:
                try:
                    yield msgspec.json.decode(line, type=Head)
                except msgspec.DecodeError:
                    yield line


def last(folder: Path, writer: int, keys: dict[str, Ed25519PublicKey]) -> Head | None:
    """The newest head of a writer that a known key has signed."""
    if not folder.is_dir():
        return None
    mark = b'"writer":%d,' % writer
    for path in reversed(files(folder)):
        for line in reversed(path.read_bytes().splitlines()):
            if mark in line:
                try:
                    head = msgspec.json.decode(line, type=Head)
                except msgspec.DecodeError:
                    continue
                if genuine(head, keys):
                    return head
    return None
