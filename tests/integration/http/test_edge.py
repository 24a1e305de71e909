"""What the edge answers by itself: negotiation, addresses, headers, limits, health, pages."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integration.conftest import Running


def issue(answer: httpx.Response) -> dict[str, Any]:
    """The first issue of an OperationOutcome, whose texts never show the inside."""
    outcome = answer.json()
    assert outcome["resourceType"] == "OperationOutcome", answer.text
    assert "Traceback" not in answer.text
    return outcome["issue"][0]


def test_capabilities(fhir: httpx.Client) -> None:
    answer = fhir.get("/metadata")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/fhir+json; charset=utf-8"
    statement = answer.json()
    assert statement["fhirVersion"] == "4.0.1"
    resources = {one["type"]: one for one in statement["rest"][0]["resource"]}
    assert len(resources) == 146
    assert "Observation:subject" in resources["Patient"]["searchRevInclude"]
    assert {"name": "birthdate", "type": "date"}.items() <= next(
        one.items() for one in resources["Patient"]["searchParam"] if one["name"] == "birthdate"
    )


def text(answer: httpx.Response) -> str:
    """What the first issue says."""
    return issue(answer)["details"]["text"]


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/metadata?_format=xml", {}, 406),
        ("GET", "/metadata", {"Accept": "application/fhir+xml"}, 406),
        ("GET", "/metadata", {"Accept": "application/fhir+json; fhirVersion=3.0"}, 406),
        ("GET", "/Nothing/1", {}, 404),
        ("GET", "/Patient/1/Nothing", {}, 404),
        ("GET", "/$nothing", {}, 404),
        ("GET", "/Patient/a%20b", {}, 400),
        ("GET", "/Patient/" + "x" * 65, {}, 400),
        ("GET", "/%zz", {}, 400),
        ("GET", "/Patient/%ff", {}, 400),
        ("GET", "/Patient?name=%00", {}, 400),
        ("GET", "/Patient?name=%zz", {}, 400),
        ("DELETE", "/metadata", {}, 405),
        ("PUT", "/Patient/1/_history/1", {}, 405),
        ("POST", "/Patient/1", {}, 405),
        ("POST", "/Patient", {"Content-Type": "application/fhir+xml"}, 415),
        ("POST", "/Patient", {"Content-Type": "application/json; charset=gbk"}, 415),
        ("POST", "/Patient", {"Content-Encoding": "br"}, 415),
        ("PATCH", "/Patient/1", {"Content-Type": "text/plain"}, 415),
    ],
)
def test_refusals_name_what_is_wrong(
    fhir: httpx.Client, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    body = b'{"resourceType":"Patient"}' if method in {"POST", "PUT", "PATCH"} else None
    answer = fhir.request(method, path, headers=headers, content=body)
    assert answer.status_code == status, answer.text
    assert text(answer)


def test_refusals_speak_chinese(fhir: httpx.Client) -> None:
    answer = fhir.get("/Nothing", headers={"Accept-Language": "zh-CN,en;q=0.5"})
    assert "没有这个 FHIR 地址" in text(answer)


def test_wrong_method_names_the_right_ones(fhir: httpx.Client) -> None:
    assert fhir.post("/metadata", content=b"{}").headers["allow"] == "GET, HEAD, OPTIONS"
    options = fhir.options("/Patient/1")
    assert options.status_code == 204
    assert options.headers["allow"] == "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"


def test_head_has_the_headers_without_the_body(fhir: httpx.Client) -> None:
    plain = {"Accept-Encoding": "identity"}
    whole, head = fhir.get("/metadata", headers=plain), fhir.head("/metadata", headers=plain)
    assert head.content == b""
    assert head.headers["content-length"] == str(len(whole.content))


def test_pretty(fhir: httpx.Client) -> None:
    assert fhir.get("/metadata?_pretty=true").text.startswith('{\n  "resourceType"')


def test_request_id_and_trace_are_echoed(fhir: httpx.Client) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    answer = fhir.get("/metadata", headers={"X-Request-Id": "abc-1", "traceparent": trace})
    assert answer.headers["x-request-id"] == "abc-1"
    assert answer.headers["traceparent"] == trace
    made = fhir.get("/metadata", headers={"X-Request-Id": "no spaces"}).headers["x-request-id"]
    assert made
    assert made != "no spaces"


@pytest.mark.shows("input:huge-body")
def test_a_bomb_is_not_unpacked(fhir: httpx.Client) -> None:
    bomb = gzip.compress(b"[" * 70_000_000)
    answer = fhir.post("/Patient", content=bomb, headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 413
    assert issue(answer)["code"] == "too-long"


@pytest.mark.shows("input:huge-body")
def test_too_large_a_body(fhir: httpx.Client) -> None:
    answer = fhir.post("/Patient", content=b" " * (64 * 1024 * 1024 + 1))
    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
def test_health_and_metrics(fhir: httpx.Client, path: str) -> None:
    assert fhir.get("/metadata").status_code == 200  # so that there is something to count
    answer = fhir.get(str(fhir.base_url).removesuffix("/fhir/") + path)
    assert answer.status_code == 200
    assert answer.text


def test_pages_carry_security_headers(fhir: httpx.Client) -> None:
    root = str(fhir.base_url).removesuffix("fhir/")
    answer = fhir.get(root)
    assert answer.status_code == 200
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert fhir.get(root + "no/such.file").status_code == 404
    assert fhir.get(root + "..%2f..%2fapp.py").status_code == 404


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", {"Host": "evil.test"}, 421),
        ("GET", {"Host": "127.0.0.1.evil.test:80"}, 421),
        ("GET", {"Host": "localhost:1"}, 200),
        ("GET", {"Host": "[::1]:80"}, 200),
        ("GET", {"Origin": "https://evil.test"}, 200),
        ("POST", {"Origin": "https://evil.test"}, 421),
        ("POST", {"Origin": "null"}, 421),
        ("POST", {"Origin": "http://localhost:8080"}, 200),
    ],
)
def test_pages_of_elsewhere_do_not_reach_it(
    fhir: httpx.Client, method: str, headers: dict[str, str], status: int
) -> None:
    path = "/metadata" if method == "GET" else "/Patient/$validate"
    body = None if method == "GET" else b'{"resourceType":"Patient"}'
    assert fhir.request(method, path, headers=headers, content=body).status_code == status


def test_metrics_add_up_over_the_workers(
    tmp_path: Path, dsn: str, launch: Callable[..., Running]
) -> None:
    running = launch(tmp_path / "data", dsn=dsn, processes=2)
    for _ in range(20):  # each on a connection of its own: any worker may take it
        assert httpx.get(f"{running.fhir}/metadata", trust_env=False).status_code == 200
    for _ in range(5):
        assert httpx.get(f"{running.fhir}/Nothing", trust_env=False).status_code == 404
    told = httpx.get(f"{running.url}/metrics", trust_env=False).text
    assert 'xinglin_refusals_total{code="not-found"} 5.0' in told
    line = 'xinglin_request_seconds_count{interaction="capabilities",status="2xx"} 20.0'
    assert line in told
