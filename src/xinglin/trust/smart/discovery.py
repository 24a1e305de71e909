"""What programs may know before they begin: addresses, algorithms, capabilities, public keys.

OpenID Connect Discovery 1.0; RFC 8414; SMART App Launch 2.2, /.well-known/smart-configuration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.trust.policy import scopes
from xinglin.trust.room import Answer

from .keys import ALGORITHM

if TYPE_CHECKING:
    from xinglin.trust.room import Ask, Room

    from .provider import Provider

ASSERTIONS = ("RS384", "ES384")
CAPABILITIES = (
    *("launch-ehr", "launch-standalone", "authorize-post", "sso-openid-connect"),
    *("client-public", "client-confidential-symmetric", "client-confidential-asymmetric"),
    *("context-ehr-patient", "context-ehr-encounter", "context-standalone-patient"),
    *("permission-offline", "permission-online", "permission-patient", "permission-user"),
    *("permission-v1", "permission-v2"),
)
_OPEN = [(b"access-control-allow-origin", b"*"), (b"cache-control", b"public, max-age=300")]


class Discovery:
    """The handlers."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def register(self, room: Room, root: Room) -> None:
        """``room`` is /auth, ``root`` has the addresses that stand elsewhere."""
        room.add("GET", "jwks", self.jwks)
        for name in ("openid-configuration", "oauth-authorization-server"):
            root.add("GET", f".well-known/{name}", self.openid)
        root.add("GET", "fhir/.well-known/smart-configuration", self.smart)

    async def jwks(self, ask: Ask) -> Answer:
        """The public keys."""
        del ask
        return Answer(self._provider.keys.public(), headers=_OPEN)

    async def openid(self, ask: Ask) -> Answer:
        """OpenID Connect Discovery."""
        return Answer(self._common(ask) | self._openid(ask), headers=_OPEN)

    async def smart(self, ask: Ask) -> Answer:
        """SMART's own."""
        told = self._common(ask) | {
            "capabilities": CAPABILITIES,
            "management_endpoint": f"{ask.origin}/account",
        }
        return Answer(told, headers=_OPEN)

    def _common(self, ask: Ask) -> dict[str, Any]:
        issuer = self._provider.issuer(ask)
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/auth/authorize",
            "token_endpoint": f"{issuer}/auth/token",
            "jwks_uri": f"{issuer}/auth/jwks",
            "introspection_endpoint": f"{issuer}/auth/introspect",
            "revocation_endpoint": f"{issuer}/auth/revoke",
            "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": [
                "none",
                "client_secret_basic",
                "private_key_jwt",
            ],
            "token_endpoint_auth_signing_alg_values_supported": ASSERTIONS,
            "scopes_supported": [
                *scopes.IDENTITY,
                *scopes.LAUNCH,
                "patient/*.cruds",
                "user/*.cruds",
                "system/*.cruds",
            ],
            "authorization_response_iss_parameter_supported": True,
        }

    @staticmethod
    def _openid(ask: Ask) -> dict[str, Any]:
        return {
            "userinfo_endpoint": f"{ask.origin}/auth/userinfo",
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "claims_supported": [
                *("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "sid", "name"),
                *("preferred_username", "fhirUser"),
            ],
            "backchannel_logout_supported": True,
            "backchannel_logout_session_supported": True,
            "claims_parameter_supported": False,
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
        }
