"""From the result of an interaction to a response: tags, dates, locations, preferences.

https://hl7.org/fhir/R4/http.html#versioning, #ops (``Prefer``) and #cread (304).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xinglin.fhir import json, outcome
from xinglin.kernel.errors import Issue

from . import headers
from .message import Header, Request, Response

if TYPE_CHECKING:
    from xinglin.cdr.interactions.result import Result


def _version_headers(result: Result) -> list[Header]:
    if result.modified is None:
        return []
    return [
        (b"etag", headers.etag(result.version)),
        (b"last-modified", headers.http_date(result.modified)),
    ]


def not_modified(request: Request, result: Result) -> bool:
    """Whether the client already has this version (RFC 9110 13.2.2: tags outrank dates)."""
    tags = request.header(b"if-none-match")
    if tags is not None:
        wanted = headers.entity_tags(tags, "If-None-Match")
        return wanted is None or str(result.version) in wanted
    since = headers.modified_since(request.header(b"if-modified-since"))
    if since is None or result.modified is None:
        return False
    return result.modified.replace(microsecond=0) <= since


def read(request: Request, result: Result, body: bytes | None = None) -> Response:
    """One version of a resource, or 304."""
    found = _version_headers(result)
    request.patients = result.patients
    if not_modified(request, result):
        return Response(304, headers=found)
    return Response(result.status, result.body if body is None else body, found)


def written(request: Request, result: Result) -> Response:
    """The answer to a write: what ``Prefer`` asked for, and where the new version is."""
    found = _version_headers(result)
    request.written, request.patients = result.location, result.patients
    if result.location:
        found.append((b"location", f"{request.base}/{result.location}".encode()))
    match request.prefer.returns:
        case "minimal":
            return Response(result.status, b"", found)
        case "OperationOutcome":
            issues = result.issues or (_done(result),)
            told = outcome.operation_outcome(issues, request.language)
            return Response(result.status, json.encode(told), found)
        case _:
            return Response(result.status, result.body, found)


def deleted(request: Request, result: Result) -> Response:
    """The answer to a deletion: 204, or 200 with an OperationOutcome where one was asked for."""
    found = _version_headers(result)
    request.written, request.patients = result.location, result.patients
    if request.prefer.returns == "OperationOutcome":
        issues = result.issues or (_done(result),)
        told = outcome.operation_outcome(issues, request.language)
        return Response(200, json.encode(told), found)
    return Response(204 if not result.body else result.status, result.body, found)


def _done(result: Result) -> Issue:
    place = result.location or f"{result.type}/{result.id}"
    return Issue("informational", f"Done: {place}", f"已完成：{place}", severity="information")
