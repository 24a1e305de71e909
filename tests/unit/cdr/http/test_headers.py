"""Headers of the RESTful API."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from xinglin.cdr.http import headers, negotiation
from xinglin.kernel.errors import Malformed, NotAcceptable, UnsupportedMedia


def test_http_date_is_in_gmt() -> None:
    at = datetime(2026, 11, 24, 11, 5, 9, 999_999, tzinfo=timezone(timedelta(hours=8)))
    assert headers.http_date(at) == b"Tue, 24 Nov 2026 03:05:09 GMT"
    assert headers.modified_since("Tue, 24 Nov 2026 03:05:09 GMT") == at.replace(microsecond=0)


@pytest.mark.parametrize("text", ["yesterday", "", None, "2026-11-24T00:00:00Z"])
def test_unreadable_modified_since_is_ignored(text: str | None) -> None:
    assert headers.modified_since(text) is None


@pytest.mark.parametrize(
    ("value", "tags"),
    [('W/"3"', ("3",)), ('"3"', ("3",)), ('W/"1", "2"', ("1", "2")), ("*", None)],
)
def test_entity_tags(value: str, tags: tuple[str, ...] | None) -> None:
    assert headers.entity_tags(value, "If-Match") == tags


@pytest.mark.parametrize("value", ["3", "W/3", '"3', "", 'W/"1",'])
def test_broken_entity_tag_names_its_header(value: str) -> None:
    with pytest.raises(Malformed) as refused:
        headers.entity_tags(value, "If-Match")
    assert refused.value.issues[0].expression == ("http.If-Match",)


def test_prefer() -> None:
    assert headers.prefer("return=minimal") == headers.Prefer("minimal")
    assert headers.prefer("handling=strict, return=OperationOutcome") == headers.Prefer(
        "OperationOutcome", strict=True
    )
    assert headers.prefer("respond-async; wait=10") == headers.Prefer(asynchronous=True)
    assert headers.prefer("return=everything, odd") == headers.Prefer()


@pytest.mark.parametrize(
    ("value", "lang"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,zh;q=0.9", "en"),
        ("zh;q=0.5, en;q=0.9", "en"),
        ("de", "en"),
        ("*", "en"),
        ("zh;q=x", "en"),
    ],
)
def test_language(value: str, lang: str) -> None:
    assert headers.language(value) == lang


@pytest.mark.parametrize(
    ("accept", "format_", "kind"),
    [
        (None, None, negotiation.FHIR_JSON),
        ("*/*", None, negotiation.FHIR_JSON),
        ("application/json", None, negotiation.PLAIN_JSON),
        ("application/fhir+xml;q=0.5, application/fhir+json", None, negotiation.FHIR_JSON),
        ("application/fhir+xml, application/json;q=0.1", None, negotiation.PLAIN_JSON),
        ("application/fhir+json; fhirVersion=4.0", None, negotiation.FHIR_JSON),
        ("text/html,application/xhtml+xml,*/*;q=0.8", None, negotiation.PLAIN_JSON),
        ("application/fhir+xml", "json", negotiation.FHIR_JSON),
        ("application/fhir+xml", "application/fhir json", negotiation.FHIR_JSON),
    ],
)
def test_response_type(accept: str | None, format_: str | None, kind: bytes) -> None:
    assert negotiation.response_type(accept, format_) == kind


@pytest.mark.parametrize(
    ("accept", "format_"),
    [
        ("application/fhir+xml", None),
        ("application/fhir+json; fhirVersion=5.0", None),
        ("application/json;q=0", None),
        ("*/*", "xml"),
        ("*/*", "ttl"),
    ],
)
def test_what_cannot_be_written_is_not_acceptable(accept: str, format_: str | None) -> None:
    with pytest.raises(NotAcceptable):
        negotiation.response_type(accept, format_)


def test_request_type() -> None:
    read = negotiation.request_type
    assert read("application/fhir+json; charset=UTF-8", "json") == "application/fhir+json"
    assert read("application/json-patch+json", "patch") == "application/json-patch+json"
    for value in (None, "application/fhir+xml", "application/json; charset=gbk", "nonsense"):
        with pytest.raises(UnsupportedMedia):
            read(value, "json")
