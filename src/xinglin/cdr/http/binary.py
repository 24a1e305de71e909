"""Binary by its own content: what is posted raw is wrapped, what is asked for raw is unwrapped.

https://hl7.org/fhir/R4/binary.html#rest
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from xinglin.fhir import json

from . import body, negotiation
from .message import Response

if TYPE_CHECKING:
    from .message import Request
    from .routes import Place

# What a browser shows of it stands alone: no script runs, nothing of ours is within its reach.
_ALONE = b"sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def is_raw(request: Request, place: Place) -> bool:
    """Whether the body of a write is the content itself, not a Binary resource."""
    content_type = request.header(b"content-type")
    return place.type == "Binary" and negotiation.is_foreign(content_type)


async def wrapped(request: Request, place: Place, limit: int) -> dict[str, Any]:
    """The Binary resource around the content that was sent."""
    raw = await body.read(request, limit)
    resource: dict[str, Any] = {"resourceType": "Binary"}
    if place.id:
        resource["id"] = place.id
    resource["contentType"] = (request.header(b"content-type") or "").strip()
    context = request.header(b"x-security-context")
    if context:
        resource["securityContext"] = {"reference": context}
    if raw:
        resource["data"] = base64.b64encode(raw).decode()
    return resource


def unwrapped(request: Request, answer: Response) -> Response:
    """The answer to a read of a Binary: its content where that is what the client takes.

    Raises NotAcceptable where it takes neither that nor JSON.
    """
    if answer.status != 200 or not isinstance(answer.body, bytes):
        return answer
    resource = json.decode(answer.body)
    accept, format_ = request.header(b"accept"), request.parameter("_format")
    content_type = str(resource.get("contentType", ""))
    if not negotiation.prefers(accept, format_, content_type):
        return Response(
            answer.status, answer.body, answer.headers, request.response_type(binary=False)
        )
    headers = [*answer.headers, (b"content-security-policy", _ALONE)]
    security = (resource.get("securityContext") or {}).get("reference")
    if isinstance(security, str):
        headers.append((b"x-security-context", security.encode()))
    return Response(answer.status, _content(resource), headers, _header(content_type))


def _content(resource: dict[str, Any]) -> bytes:
    try:
        return base64.b64decode(resource.get("data", ""))
    except binascii.Error:  # what was stored has been checked; an old rule may have been laxer
        return b""


def _header(content_type: str) -> bytes:
    """A media type as a header, whatever is stored there."""
    safe = content_type.isascii() and content_type.isprintable() and "/" in content_type
    return content_type.encode() if safe else b"application/octet-stream"
