"""A server as the loader of catalogues uses it.

https://hl7.org/fhir/R4/http.html#transaction; `group.catalogue.Target`
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.group import catalogue

if TYPE_CHECKING:
    from .client import Client


class Remote:
    """What `group.catalogue.load` asks of a server, by HTTP."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def carry_out(self, resource: dict[str, Any], path: str = "") -> dict[str, Any]:
        """Post; raises Refusal."""
        answer = await self._client.post(resource, path, Prefer="return=representation")
        if not answer.fine:
            raise catalogue.refused(f"{answer.status} {answer.diagnostics()}")
        return answer.body

    async def fetch(self, path: str) -> dict[str, Any] | None:
        """What is there, or None."""
        answer = await self._client.get(f"/{path}")
        return answer.body if answer.fine else None
