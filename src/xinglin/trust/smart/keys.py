"""The keys that sign identity tokens: files of the data directory, the newest signs.

RFC 7517; OpenID Connect Core 1.0 section 10.1 (rotation). ES256.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import time
from typing import TYPE_CHECKING, Any

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

if TYPE_CHECKING:
    from pathlib import Path

ALGORITHM = "ES256"
FOLDER = "oidc"
_LOOK = 60.0  # seconds between two looks for keys that another process made


class Keys:
    """``folder`` holds one private key a file; its name begins with the time it was made."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._keys: list[ECKey] = []
        self._looked = float("-inf")

    def public(self) -> dict[str, Any]:
        """The JWK set that others verify by: every key there is, so that nothing breaks."""
        return {"keys": [one.as_dict(private=False) for one in self._all()]}

    def sign(self, claims: dict[str, Any], kind: str = "JWT") -> str:
        """A signed token."""
        key = self._all()[-1]
        header = {"alg": ALGORITHM, "kid": key.kid, "typ": kind}
        return jwt.encode(header, claims, key, algorithms=[ALGORITHM])

    def verify(self, token: str) -> dict[str, Any]:
        """The claims of a token of ours; raises ValueError. Times are not looked at."""
        try:
            return jwt.decode(token, _set(self._all()), algorithms=[ALGORITHM]).claims
        except Exception as error:
            raise ValueError("not a token of ours") from error

    def rotate(self, keep: int = 2) -> str:
        """A new key signs from now on; the last ones before are still published."""
        with self._lock():
            made = self._make()
            for old in sorted(self._folder.glob("*.json"))[: -(keep + 1)]:
                old.unlink()
        self._looked = float("-inf")
        return made

    def _all(self) -> list[ECKey]:
        now = time.monotonic()
        if now - self._looked > _LOOK:
            self._keys = self._load()
            self._looked = now
        return self._keys

    def _load(self) -> list[ECKey]:
        if not any(self._folder.glob("*.json")):
            with self._lock():
                if not any(self._folder.glob("*.json")):
                    self._make()
        files = sorted(self._folder.glob("*.json"))
        return [ECKey.import_key(json.loads(file.read_bytes())) for file in files]

    def _make(self) -> str:
        kid = f"{time.time_ns():020d}-{secrets.token_hex(4)}"
        key = ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": ALGORITHM})
        part = self._folder / f".{kid}"
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(json.dumps(key.as_dict(private=True)))
            file.flush()
            os.fsync(file.fileno())
        part.rename(self._folder / f"{kid}.json")
        return kid

    def _lock(self) -> _Lock:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return _Lock(self._folder / "lock")


class _Lock:
    """Processes of one data directory make the first key together."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        self._file = self._path.open("a")
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _set(keys: list[ECKey]) -> Any:
    return KeySet(list(keys))
