"""Operations and the CapabilityStatement behind their addresses.

https://hl7.org/fhir/R4/operations.html#executing; https://hl7.org/fhir/R4/http.html#capabilities
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

from xinglin.cdr.interactions.result import Result
from xinglin.cdr.operations import Call, parameters
from xinglin.fhir import definitions, json
from xinglin.kernel.errors import Issue, Malformed

from . import body, negotiation, query, routes
from .handlers import EDGE_PARAMETERS, MB, Authorise
from .message import Request, Response

if TYPE_CHECKING:
    from xinglin.cdr.access import Access
    from xinglin.cdr.capability import Capabilities
    from xinglin.cdr.interactions.entries import Entry
    from xinglin.cdr.interactions.replying import Style
    from xinglin.cdr.operations import Level, Registry, Reply

    from .endpoint import Handler
    from .routes import Place

CodeSystems = Callable[[], Awaitable[list[tuple[str, list[str]]]]]
_LEVELS: dict[str, Level] = {
    "system_operation": "system",
    "type_operation": "type",
    "instance_operation": "instance",
}


class Asked(Call, frozen=True):
    """A call that came by itself, and so with the headers of its own request."""

    header: Callable[[bytes], str | None] = lambda _: None


class Operating:
    """Runs what the registry holds."""

    def __init__(
        self,
        registry: Registry,
        capabilities: Capabilities,
        authorise: Authorise,
        *,
        max_body: int = 64 * MB,
    ) -> None:
        # Set by the composition, where there is a terminology service.
        self.code_systems: CodeSystems | None = None
        self._types = frozenset(definitions.resource_types())
        self._registry = registry
        self._capabilities = capabilities
        self._authorise = authorise
        self._max_body = max_body

    def table(self) -> dict[str, Handler]:
        """Interaction name to handler, for the endpoint."""
        return {"operation": self.operation, "capabilities": self.capabilities}

    async def capabilities(self, request: Request, place: Place) -> Response:
        """https://hl7.org/fhir/R4/http.html#capabilities ."""
        del place
        mode = request.parameter("mode") or "full"
        if mode == "terminology" and self.code_systems is not None:
            systems = await self.code_systems()
            return Response(200, self._capabilities.terminology(request.base, systems))
        if mode not in ("full", "normative"):
            raise _mode(mode)
        return Response(200, self._capabilities.statement(request.base))

    async def operation(self, request: Request, place: Place) -> Response:
        """Find it, read its inputs, run it."""
        level = _LEVELS[place.kind]
        operation = self._registry.find(place.name, level, place.type, request.method)
        access = await self._authorise(request)
        given, resource = await self._inputs(request)
        prefer = request.prefer
        reply = await operation.handler(
            Asked(
                access=access,
                name=place.name,
                level=level,
                type=place.type,
                id=place.id,
                parameters=given,
                resource=resource,
                base=request.base,
                lang=request.language,
                strict=prefer.strict,
                asynchronous=prefer.asynchronous,
                url=_url(request),
                header=request.header,
            )
        )
        request.patients = reply.patients
        return _response(reply)

    async def inside(self, access: Access, entry: Entry, style: Style) -> Result:
        """The same for an entry of a batch."""
        place = routes.place_of("/".join(entry.path), self._types)
        method = "GET" if entry.method == "HEAD" else entry.method
        name = routes.interaction(place, method)
        if name == "capabilities":
            return Result(200, body=self._capabilities.statement(style.base))
        if name != "operation":
            raise entry.refuse(
                f'{entry.method} "{entry.url}" is not possible inside a Bundle; send it by itself.',
                f"Bundle 中不支持 {entry.method} “{entry.url}”；请单独发送。",
            )
        level = _LEVELS[place.kind]
        operation = self._registry.find(place.name, level, place.type, method)
        given, resource = _given(
            query.pairs((entry.query or "").encode()), entry.resource if method == "POST" else None
        )
        reply = await operation.handler(
            Call(
                access=access,
                name=place.name,
                level=level,
                type=place.type,
                id=place.id,
                parameters=given,
                resource=resource,
                base=style.base,
                lang="zh" if style.lang == "zh" else "en",
                strict=style.strict,
                url=f"{style.base}/{entry.url}",
            )
        )
        return Result(reply.status, body=await _whole(reply.body), patients=reply.patients)

    async def _inputs(
        self, request: Request
    ) -> tuple[parameters.Parameters, dict[str, object] | None]:
        asked = [pair for pair in request.pairs if pair[0] not in EDGE_PARAMETERS]
        given = parameters.of_query(asked)
        if request.method != "POST":
            return given, None
        raw = await body.read(request, self._max_body)
        if not raw.strip():
            return given, None
        negotiation.request_type(request.header(b"content-type"), "json")
        return _given(asked, json.decode(raw))


def _mode(mode: str) -> Malformed:
    return Malformed(
        Issue(
            "value",
            f'mode "{mode[:40]}" is not known; use full, normative or terminology',
            f"mode“{mode[:40]}”无法识别；可用 full、normative 或 terminology",
            ("http.mode",),
        )
    )


def _given(
    asked: query.Pairs, resource: dict[str, object] | None
) -> tuple[parameters.Parameters, dict[str, object] | None]:
    """The inputs from an address and a body; a body that is no Parameters goes along whole."""
    given = parameters.of_query(asked)
    if resource is None or resource.get("resourceType") != "Parameters":
        return given, resource
    posted = parameters.of_resource(resource)
    return parameters.Parameters((*given.items, *posted.items)), None


async def _whole(content: dict[str, object] | bytes | AsyncIterator[bytes]) -> bytes:
    if isinstance(content, bytes):
        return content
    if isinstance(content, AsyncIterator):
        return b"".join([part async for part in content])
    return json.encode(content)


def _url(request: Request) -> str:
    raw: bytes = request.scope["raw_path"]
    asked = b"?" + request.query_string if request.query_string else b""
    origin = request.base.rsplit("/", 1)[0]
    return origin + (raw + asked).decode("ascii", "replace")


def _response(reply: Reply) -> Response:
    headers = [(name.lower().encode(), value.encode()) for name, value in reply.headers]
    content = reply.body
    if isinstance(content, bytes | AsyncIterator):
        return Response(reply.status, content, headers)
    return Response(reply.status, json.encode(content), headers)
