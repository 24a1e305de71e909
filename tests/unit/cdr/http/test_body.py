"""Queries and bodies: limits, packing, what cannot be read."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from xinglin.cdr.http import body, query
from xinglin.cdr.http.message import Request
from xinglin.kernel.errors import Malformed, TooLarge, UnsupportedMedia


def request(*parts: bytes, **headers: str) -> Request:
    queue = [
        {"type": "http.request", "body": part, "more_body": n < len(parts) - 1}
        for n, part in enumerate(parts)
    ]

    async def receive() -> dict[str, Any]:
        return queue.pop(0) if queue else {"type": "http.disconnect"}

    scope = {
        "method": "POST",
        "query_string": b"",
        "scheme": "http",
        "server": ("127.0.0.1", "1"),
        "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()],
    }
    return Request(scope, receive, None, "/fhir")


async def test_body_in_parts() -> None:
    assert await body.read(request(b"ab", b"cd"), 10) == b"abcd"


async def test_body_over_the_limit() -> None:
    with pytest.raises(TooLarge):
        await body.read(request(b"abc", b"def"), 5)
    with pytest.raises(TooLarge):
        await body.read(request(b"", content_length="6"), 5)


async def test_gzip_is_bounded_by_what_comes_out() -> None:
    packed = gzip.compress(b"x" * 100_000)
    assert await body.read(request(packed, content_encoding="gzip"), 100_000) == b"x" * 100_000
    with pytest.raises(TooLarge):
        await body.read(request(packed, content_encoding="gzip"), 99_999)


@pytest.mark.parametrize("packed", [b"no gzip", gzip.compress(b"abc", mtime=0)[:-3]])
async def test_broken_gzip(packed: bytes) -> None:
    with pytest.raises(Malformed):
        await body.read(request(packed, content_encoding="gzip"), 100)


async def test_unknown_packing_and_broken_transfer() -> None:
    with pytest.raises(UnsupportedMedia):
        await body.read(request(b"x", content_encoding="br"), 100)
    with pytest.raises(Malformed):
        await body.read(request(), 100)


def test_pairs() -> None:
    assert query.pairs(b"a=1&b=%E6%9D%8E+x&a=2&c") == [
        ("a", "1"),
        ("b", "李 x"),
        ("a", "2"),
        ("c", ""),
    ]


@pytest.mark.parametrize("text", [b"a=%zz", b"a=%", b"a=%ff", b"a=%00", b"%=1", b"a=\xff"])
def test_broken_query(text: bytes) -> None:
    with pytest.raises(Malformed):
        query.pairs(text)


def test_base_comes_from_the_host_header() -> None:
    assert request(host="example.test:81").base == "http://example.test:81/fhir"
    assert request().base == "http://127.0.0.1:1/fhir"
