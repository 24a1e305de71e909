"""Loading over HTTP: the simulator is a client like any other.

https://hl7.org/fhir/R4/http.html
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from xinglin.fhir import json

if TYPE_CHECKING:
    import httpx

    from .codes import Json

_FHIR = "application/fhir+json"


class Refused(RuntimeError):
    """The server did not take a bundle; the text is its own."""


class Http:
    """A server by its address; ``client`` has the FHIR base as base URL and may hold a token."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def send(self, bundle: Json) -> None:
        """Post one transaction."""
        answer = await self._client.post(
            "",
            content=json.encode(bundle),
            headers={"content-type": _FHIR, "prefer": "return=minimal"},
        )
        if answer.status_code != HTTPStatus.OK:
            raise Refused(f"{answer.status_code}: {answer.text[:2000]}")

    async def read(self, type_: str, id_: str) -> Json | None:
        """One resource, or None."""
        answer = await self._client.get(f"{type_}/{id_}")
        if answer.status_code in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            return None
        if answer.status_code != HTTPStatus.OK:
            raise Refused(f"{answer.status_code}: {answer.text[:2000]}")
        return json.decode(answer.content)
