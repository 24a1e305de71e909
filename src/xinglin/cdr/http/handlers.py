"""The interactions behind their addresses: headers and bodies in, results out.

https://hl7.org/fhir/R4/http.html; one method per interaction.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import msgspec

from xinglin.cdr.interactions import image
from xinglin.cdr.interactions.history_query import NAMES as HISTORY_PARAMETERS
from xinglin.cdr.search import shorten
from xinglin.fhir import json
from xinglin.kernel.errors import Issue, Malformed

from . import binary, body, negotiation, query, replies
from .message import Request, Response

if TYPE_CHECKING:
    from xinglin.cdr.access import Access
    from xinglin.cdr.interactions.result import Result
    from xinglin.cdr.repository import Interactions

    from .endpoint import Handler
    from .routes import Place

Authorise = Callable[[Request], Awaitable["Access"]]
EDGE_PARAMETERS = ("_format", "_pretty")
MB = 1024 * 1024


async def read_json(request: Request, limit: int) -> dict[str, Any]:
    """The resource in the body; raises UnsupportedMedia, Malformed or TooLarge."""
    negotiation.request_type(request.header(b"content-type"), "json")
    return json.decode(await body.read(request, limit))


def criteria_of(request: Request) -> str:
    """The criteria of a conditional interaction: the query string without our own parameters."""
    parts = request.query_string.split(b"&")
    kept = [part for part in parts if part.partition(b"=")[0].decode() not in EDGE_PARAMETERS]
    query.pairs(b"&".join(kept))  # refuses what cannot be read
    return b"&".join(kept).decode("ascii", "replace")


class Handlers:
    """The RESTful interactions that need the repository and nothing else."""

    def __init__(
        self, repository: Interactions, authorise: Authorise, *, max_body: int = 64 * MB
    ) -> None:
        self._repository = repository
        self._authorise = authorise
        self._max_body = max_body

    def table(self) -> dict[str, Handler]:
        """Interaction name to handler, for the endpoint."""
        return {
            "read": self.read,
            "vread": self.vread,
            "create": self.create,
            "update": self.update,
            "update_conditional": self.update_conditional,
            "patch": self.patch,
            "patch_conditional": self.patch_conditional,
            "delete": self.delete,
            "delete_conditional": self.delete_conditional,
            "history_instance": self.history,
            "history_type": self.history,
            "history_system": self.history,
            "bundle": self.bundle,
        }

    async def read(self, request: Request, place: Place) -> Response:
        """https://hl7.org/fhir/R4/http.html#read ."""
        access = await self._authorise(request)
        result = await self._repository.read(access, place.type, place.id)
        return self._read(request, place, result)

    async def vread(self, request: Request, place: Place) -> Response:
        """https://hl7.org/fhir/R4/http.html#vread ."""
        access = await self._authorise(request)
        result = await self._repository.vread(access, place.type, place.id, place.name)
        return self._read(request, place, result)

    async def create(self, request: Request, place: Place) -> Response:
        """https://hl7.org/fhir/R4/http.html#create , with ``If-None-Exist`` #ccreate ."""
        access = await self._authorise(request)
        resource = await self._resource(request, place)
        result = await self._repository.create(
            access, place.type, resource, if_none_exist=request.header(b"if-none-exist")
        )
        return replies.written(request, result)

    async def update(self, request: Request, place: Place) -> Response:
        """https://hl7.org/fhir/R4/http.html#update ."""
        access = await self._authorise(request)
        resource = await self._resource(request, place)
        if "id" not in resource:
            raise image.other_id(None, place.type, place.id)
        result = await self._repository.update(
            access,
            place.type,
            place.id,
            resource,
            if_match=request.header(b"if-match"),
            if_none_match=request.header(b"if-none-match"),
        )
        return replies.written(request, result)

    async def update_conditional(self, request: Request, place: Place) -> Response:
        """https://hl7.org/fhir/R4/http.html#cond-update ."""
        access = await self._authorise(request)
        resource = await read_json(request, self._max_body)
        result = await self._repository.update_where(
            access,
            place.type,
            criteria_of(request),
            resource,
            if_match=request.header(b"if-match"),
            if_none_match=request.header(b"if-none-match"),
        )
        return replies.written(request, result)

    async def patch(self, request: Request, place: Place) -> Response:
        """https://hl7.org/fhir/R4/http.html#patch ."""
        access = await self._authorise(request)
        steps = await self._read_patch(request)
        result = await self._repository.patch(
            access, place.type, place.id, steps, if_match=request.header(b"if-match")
        )
        return replies.written(request, result)

    async def patch_conditional(self, request: Request, place: Place) -> Response:
        """https://hl7.org/fhir/R4/http.html#patch , on a match."""
        access = await self._authorise(request)
        steps = await self._read_patch(request)
        result = await self._repository.patch_where(
            access,
            place.type,
            criteria_of(request),
            steps,
            if_match=request.header(b"if-match"),
        )
        return replies.written(request, result)

    async def delete(self, request: Request, place: Place) -> Response:
        """https://hl7.org/fhir/R4/http.html#delete ."""
        access = await self._authorise(request)
        result = await self._repository.delete(
            access, place.type, place.id, if_match=request.header(b"if-match")
        )
        return replies.deleted(request, result)

    async def delete_conditional(self, request: Request, place: Place) -> Response:
        """https://hl7.org/fhir/R4/http.html#cdelete ."""
        access = await self._authorise(request)
        result = await self._repository.delete_where(access, place.type, criteria_of(request))
        return replies.deleted(request, result)

    async def history(self, request: Request, place: Place) -> Response:
        """https://hl7.org/fhir/R4/http.html#history , of an instance, a type or everything."""
        access = await self._authorise(request)
        asked = [pair for pair in request.pairs if pair[0] not in EDGE_PARAMETERS]
        if request.prefer.strict:
            _know_all(asked)
        result = await self._repository.history(
            access, place.type or None, place.id or None, asked, base=request.base
        )
        request.patients = result.patients
        return Response(result.status, result.body)

    async def bundle(self, request: Request, place: Place) -> Response:
        """https://hl7.org/fhir/R4/http.html#transaction , batches too."""
        del place
        access = await self._authorise(request)
        resource = await read_json(request, self._max_body)
        request.bundle = resource
        prefer = request.prefer
        result = await self._repository.bundle(
            access,
            resource,
            base=request.base,
            # Unless it is asked for, a Bundle is not answered with all that it sent.
            prefer=prefer.returns if "return" in (request.header(b"prefer") or "") else None,
            strict=prefer.strict,
            lang=request.language,
        )
        request.patients = result.patients
        return Response(result.status, result.body)

    def _read(self, request: Request, place: Place, result: Result) -> Response:
        if place.type == "Binary":
            return binary.unwrapped(request, replies.read(request, result))
        if b"_summary" in request.query_string or b"_elements" in request.query_string:
            return replies.read(request, result, shorten(place.type, result.body, request.pairs))
        return replies.read(request, result)

    async def _resource(self, request: Request, place: Place) -> dict[str, Any]:
        if binary.is_raw(request, place):
            return await binary.wrapped(request, place, self._max_body)
        return await read_json(request, self._max_body)

    async def _read_patch(self, request: Request) -> dict[str, Any] | list[Any]:
        """A list for JSON Patch (RFC 6902), a dict for FHIRPath Patch."""
        media = negotiation.request_type(request.header(b"content-type"), "patch")
        raw = await body.read(request, self._max_body)
        listed = raw.lstrip().startswith(b"[")
        if listed and media != "application/fhir+json":
            return _json_patch(raw)
        if not listed and media != "application/json-patch+json":
            return json.decode(raw)
        raise Malformed(
            Issue(
                "structure",
                "A JSON Patch is an array sent as application/json-patch+json; "
                "a FHIRPath Patch is a Parameters resource sent as application/fhir+json",
                "JSON Patch 是以 application/json-patch+json 发送的数组；"
                "FHIRPath Patch 是以 application/fhir+json 发送的 Parameters 资源",
                ("http.body",),
            )
        )


def _know_all(asked: query.Pairs) -> None:
    """Under ``handling=strict`` a parameter that no history has is refused."""
    unknown = [name for name, _ in asked if name not in HISTORY_PARAMETERS]
    if unknown:
        known = ", ".join(sorted(HISTORY_PARAMETERS))
        raise Malformed(
            Issue(
                "not-supported",
                f'"{unknown[0][:80]}" is no parameter of a history; there are {known}',
                f"历史没有参数“{unknown[0][:80]}”；可用：{known}",
                (f"http.{unknown[0][:80]}",),
            )
        )


def _json_patch(raw: bytes) -> list[Any]:
    try:
        msgspec.json.decode(raw)  # so that the array alone is the whole text
    except msgspec.DecodeError as error:
        raise Malformed(
            Issue("structure", f"The patch is no JSON: {error}", f"补丁不是 JSON：{error}")
        ) from None
    return json.decode(b'{"patch":' + raw + b"}")["patch"]
