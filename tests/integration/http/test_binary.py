"""Binary by its own content: raw in, raw out, and as a resource.

https://hl7.org/fhir/R4/binary.html#rest
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import httpx

PICTURE = b"\x89PNG\r\n\x1a\n\x00\xff"


@pytest.mark.shows("interaction:binary")
def test_raw_content_is_wrapped_and_unwrapped(fhir: httpx.Client) -> None:
    headers = {"Content-Type": "image/png", "X-Security-Context": "Patient/1"}
    made = fhir.post("/Binary", content=PICTURE, headers=headers)
    assert made.status_code == 201, made.text
    resource = made.json()
    assert resource["contentType"] == "image/png"
    assert resource["data"] == base64.b64encode(PICTURE).decode()
    assert resource["securityContext"] == {"reference": "Patient/1"}
    raw = fhir.get(f"/Binary/{resource['id']}", headers={"Accept": "image/png"})
    assert raw.content == PICTURE
    assert raw.headers["content-type"] == "image/png"
    assert raw.headers["x-security-context"] == "Patient/1"
    assert raw.headers["content-security-policy"].startswith("sandbox")
    assert raw.headers["etag"] == 'W/"1"'
    put = fhir.put(f"/Binary/{resource['id']}", content=b"%PDF", headers={"Content-Type": "a/pdf"})
    assert put.status_code == 200
    old = fhir.get(f"/Binary/{resource['id']}/_history/1", headers={"Accept": "image/*"})
    assert old.content == PICTURE


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "application/fhir+json"),
        ("*/*", "application/fhir+json"),
        ("application/fhir+json", "application/fhir+json"),
        ("application/json", "application/json"),
        ("text/html", "text/html"),
        ("text/html, */*;q=0.8", "text/html"),
        ("application/pdf", "text/html"),
        ("application/fhir+json, text/html;q=0.5", "application/fhir+json"),
    ],
)
@pytest.mark.shows("interaction:binary")
def test_what_accept_says(fhir: httpx.Client, accept: str | None, kind: str) -> None:
    body = {"resourceType": "Binary", "contentType": "text/html", "data": "PGI+aGk8L2I+"}
    id_ = fhir.post("/Binary", json=body).json()["id"]
    request = fhir.build_request("GET", f"/Binary/{id_}")
    del request.headers["accept"]
    if accept:
        request.headers["accept"] = accept
    answer = fhir.send(request)
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == kind
    assert (answer.content == b"<b>hi</b>") == (kind == "text/html")


def test_other_forms_of_a_resource_are_not_content(fhir: httpx.Client) -> None:
    body = {"resourceType": "Binary", "contentType": "text/plain", "data": "aGk="}
    id_ = fhir.post("/Binary", json=body).json()["id"]
    for accept in ("application/fhir+xml", "application/fhir+turtle"):
        assert fhir.get(f"/Binary/{id_}", headers={"Accept": accept}).status_code == 406
    refused = fhir.post(
        "/Binary", content=b"<x/>", headers={"Content-Type": "application/fhir+xml"}
    )
    assert refused.status_code == 415
