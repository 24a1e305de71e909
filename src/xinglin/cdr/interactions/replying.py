"""Answers to the entries of a batch or transaction, put together from stored bytes.

https://hl7.org/fhir/R4/bundle.html#batch-response
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec

from xinglin.fhir import json, outcome
from xinglin.kernel.errors import Issue, Refusal

from .history import together
from .image import instant
from .result import Result, Return

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Style(msgspec.Struct, frozen=True):
    """How to answer: the base of absolute addresses, ``Prefer``, and the language of texts.

    ``prefer`` None: writes are answered by headers alone, as ``minimal``.
    """

    base: str
    prefer: Return | None = None
    strict: bool = False
    lang: str = "en"


def answer(type_: str, parts: Sequence[bytes], results: Iterable[Result]) -> Result:
    """The response Bundle."""
    head = b'{"resourceType":"Bundle","type":"' + type_.encode() + b'-response"'
    body = head + (b',"entry":[' + b",".join(parts) + b"]}" if parts else b"}")
    return Result(200, body=body, patients=together(results))


def succeeded(result: Result, method: str, style: Style, told: set[str]) -> bytes:
    """The entry for what was done.

    ``told`` has the addresses that earlier entries gave: each may stand in a Bundle once (bdl-7).
    """
    response: dict[str, Any] = {"status": _status(result.status)}
    if result.location:
        response["location"] = f"{style.base}/{result.location}"
    if result.modified is not None:
        response["etag"] = f'W/"{result.version}"'
        response["lastModified"] = instant(result.modified)
    reading = method == "GET"
    if style.prefer == "OperationOutcome" and not reading:
        response["outcome"] = outcome.operation_outcome(
            result.issues or (_done(result),), style.lang
        )
    text = b'{"response":' + json.encode(response)
    if result.body and (reading or not result.id or style.prefer == "representation"):
        text += b',"resource":' + result.body
        url = f"{style.base}/{result.type}/{result.id}"
        if result.id and url not in told:
            told.add(url)
            text += b',"fullUrl":' + json.encode(url)
    return text + b"}"


def refused(refusal: Refusal, style: Style) -> bytes:
    """The entry for what was refused."""
    told = outcome.operation_outcome(refusal.issues, style.lang)
    response = {"status": _status(refusal.status), "outcome": told}
    return json.encode({"response": response})


def _status(number: int) -> str:
    return f"{number} {HTTPStatus(number).phrase}"


def _done(result: Result) -> Issue:
    place = result.location or f"{result.type}/{result.id}"
    return Issue("informational", f"Done: {place}", f"已完成：{place}", severity="information")
