"""Secret keys outside the database: one file each, sealed under a master key, readable by us alone.

AES-256-GCM (NIST SP 800-38D); Argon2id for a passphrase (RFC 9106). docs/explanation/security.md.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from xinglin.kernel.errors import Conflict, Forbidden, Issue

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}")
_MARK = b"XK1"
_NONCE = 12
_KEY_ID = 8
_MEMORY = 64 * 1024  # KiB; RFC 9106 section 4, second choice
_PASSES = 3
_LANES = 4


class _Master(msgspec.Struct, frozen=True):
    """One master key as written; ``salt`` and ``nonce`` are empty where no passphrase guards it."""

    key: bytes
    salt: bytes = b""
    nonce: bytes = b""


def seal(key: bytes, name: bytes, content: bytes) -> bytes:
    """Encrypt and bind to a name."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, content, name)


def unseal(key: bytes, name: bytes, sealed: bytes) -> bytes:
    """Decrypt; raises ``InvalidTag`` for another key, another name or a changed byte."""
    return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], name)


def stretch(secret: str, salt: bytes) -> bytes:
    """A key of 32 bytes from a password, PIN or passphrase; slow on purpose."""
    kdf = Argon2id(salt=salt, length=32, iterations=_PASSES, lanes=_LANES, memory_cost=_MEMORY)
    return kdf.derive(secret.encode())


def derive(key: bytes, purpose: bytes) -> bytes:
    """A key of 32 bytes for one purpose, from another (HKDF, RFC 5869)."""
    return HKDF(SHA256(), 32, None, purpose).derive(key)


class Keyring:
    """The folder of sealed keys. Safe between processes: changes happen under a file lock."""

    def __init__(self, folder: Path, passphrase: str = "", master: Path | None = None) -> None:
        self._folder = folder
        self._passphrase = passphrase
        self._master = master or folder / "master.key"
        self._known: list[bytes] | None = None
        self._seen = 0

    @property
    def folder(self) -> Path:
        """Where the files are."""
        return self._folder

    def get(self, name: str) -> bytes | None:
        """The key of a name, None where there is none; raises Forbidden where it cannot be read."""
        try:
            raw = self._path(name).read_bytes()
        except FileNotFoundError:
            return None
        sealed = raw[len(_MARK) + _KEY_ID :]
        for master in self._masters():
            if raw.startswith(_MARK + _key_id(master)):
                try:
                    return unseal(master, name.encode(), sealed)
                except InvalidTag:
                    break
        raise _unreadable(self._path(name))

    def ensure(self, name: str, make: Callable[[], bytes]) -> bytes:
        """The key of a name, made where there is none; all processes get the same."""
        found = self.get(name)
        if found is not None:
            return found
        with self._locked():
            found = self.get(name)
            if found is None:
                found = make()
                self._write(name, found)
            return found

    def put(self, name: str, content: bytes) -> None:
        """Keep a key under a name, in the place of the one that was there."""
        with self._locked():
            self._write(name, content)

    def names(self) -> list[str]:
        """The keys there are."""
        return sorted(
            path.stem for path in self._folder.glob("*.key") if path.resolve() != self._own()
        )

    def rotate(self, passphrase: str | None = None) -> int:
        """Seal everything under a new master key; returns how many keys that were.

        ``passphrase`` replaces the one there was; None keeps it. Stopped half way it can simply be
        run again: until the last key is sealed anew, the old master key is kept beside the new one.
        """
        with self._locked():
            former = self._masters()
            if passphrase is not None:
                self._passphrase = passphrase
            self._keep([os.urandom(32), *former])
            names = self.names()
            for name in names:
                content = self.get(name)
                assert content is not None  # noqa: S101  listed a moment ago, under the lock
                self._write(name, content)
            self._keep(self._masters()[:1])
        return len(names)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name) or name == "master":
            raise ValueError(f"no name for a key: {name!r}")
        return self._folder / f"{name}.key"

    def _own(self) -> Path:
        return self._master.resolve()

    @contextmanager
    def _locked(self) -> Generator[None]:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder.chmod(0o700)
        descriptor = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _masters(self) -> list[bytes]:
        """The master keys, newest first; another process may have made new ones."""
        if self._known is None or not self._fresh():
            try:
                self._known = self._open(self._master)
            except FileNotFoundError:
                raise _unreadable(self._master) from None
            self._seen = self._master.stat().st_mtime_ns
        return self._known

    def _fresh(self) -> bool:
        try:
            return self._master.stat().st_mtime_ns == self._seen
        except FileNotFoundError:
            return False

    def _open(self, path: Path) -> list[bytes]:
        _check_mode(path)
        try:
            written = msgspec.json.decode(path.read_bytes(), type=list[_Master])
        except msgspec.DecodeError:
            raise _unreadable(path) from None
        keys: dict[bytes, bytes] = {}
        found: list[bytes] = []
        for one in written:
            if not one.salt:
                found.append(one.key)
                continue
            if one.salt not in keys:
                keys[one.salt] = stretch(self._passphrase, one.salt)
            try:
                found.append(unseal(keys[one.salt], b"master", one.nonce + one.key))
            except InvalidTag:
                raise _passphrase(path) from None
        return found

    def _keep(self, masters: list[bytes]) -> None:
        salt = os.urandom(16)
        guard = stretch(self._passphrase, salt) if self._passphrase else b""
        written: list[_Master] = []
        for one in masters:
            sealed = seal(guard, b"master", one) if guard else b""
            written.append(
                _Master(sealed[_NONCE:], salt, sealed[:_NONCE]) if guard else _Master(one)
            )
        self._replace(self._master, msgspec.json.encode(written))
        self._known = None

    def _write(self, name: str, content: bytes) -> None:
        if not self._master.exists():
            self._keep([os.urandom(32)])
        master = self._masters()[0]
        sealed = seal(master, name.encode(), content)
        self._replace(self._path(name), _MARK + _key_id(master) + sealed)

    def _replace(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_name(f".{path.name}.part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)


def fingerprint(content: bytes) -> str:
    """A name for a key or certificate that people can compare: SHA-256 in groups."""
    digest = hashlib.sha256(content).hexdigest().upper()
    return ":".join(digest[n : n + 2] for n in range(0, len(digest), 2))


def _key_id(master: bytes) -> bytes:
    return hashlib.sha256(b"xinglin key id" + master).digest()[:_KEY_ID]


def _check_mode(path: Path) -> None:
    if path.stat().st_mode & 0o077:
        raise Forbidden(
            Issue(
                "security",
                f"Others on this machine can read {path}. Run `chmod 600 {path}`, then "
                "`xinglin keys rotate`, because the key may be known to them.",
                f"本机其他用户可读取 {path}。请先执行 `chmod 600 {path}`，再执行 "
                "`xinglin keys rotate`，因为该密钥可能已被他人获知。",
            )
        )


def _passphrase(path: Path) -> Forbidden:
    return Forbidden(
        Issue(
            "security",
            f"The passphrase does not open {path}. Set keys.passphrase "
            "(XINGLIN_KEYS_PASSPHRASE) to the one it was sealed with.",
            f"口令无法打开 {path}。请将 keys.passphrase（XINGLIN_KEYS_PASSPHRASE）"
            "设为封存时所用的口令。",
        )
    )


def _unreadable(path: Path) -> Conflict:
    return Conflict(
        Issue(
            "security",
            f"{path} cannot be opened: it was changed, or sealed under another master key. "
            "Restore the folder of keys from its backup.",
            f"无法打开 {path}：文件被改动，或以其他主密钥封存。请从备份恢复密钥目录。",
        )
    )
