"""The keys that sign identity tokens: sealed outside the database, the newest signs.

RFC 7517; OpenID Connect Core 1.0 section 10.1 (rotation). ES256.
"""

from __future__ import annotations

import json
import secrets
import time
from typing import TYPE_CHECKING, Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

if TYPE_CHECKING:
    from xinglin.kernel.keyring import Keyring

ALGORITHM = "ES256"
NAME = "oidc"
KEPT = 3  # keys that are published: the one that signs and those before
_DAYS = 90  # after which the next start makes a new one
_LOOK = 60.0  # seconds between two looks for keys that another process made


class Keys:
    """All processes of a data directory share them."""

    def __init__(self, ring: Keyring) -> None:
        self._ring = ring
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
            return jwt.decode(token, KeySet(list(self._all())), algorithms=[ALGORITHM]).claims
        except (JoseError, ValueError) as error:
            raise ValueError("not a token of ours") from error

    def rotate(self) -> None:
        """A new key signs from now on; the last ones before are still published."""
        kept = [*(one.as_dict(private=True) for one in self._all()), _made()]
        self._ring.put(NAME, json.dumps(kept[-KEPT:]).encode())
        self._looked = float("-inf")

    def renew(self) -> None:
        """A new key where the newest is old; called at the start."""
        born = int(str(self._all()[-1].kid).partition("-")[0])
        if time.time() - born > _DAYS * 24 * 3600:
            self.rotate()

    def _all(self) -> list[ECKey]:
        now = time.monotonic()
        if now - self._looked > _LOOK:
            kept = self._ring.ensure(NAME, lambda: json.dumps([_made()]).encode())
            self._keys = [ECKey.import_key(one) for one in json.loads(kept)]
            self._looked = now
        return self._keys


def _made() -> Any:
    kid = f"{int(time.time()):011d}-{secrets.token_hex(4)}"
    key = ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": ALGORITHM})
    return key.as_dict(private=True)
