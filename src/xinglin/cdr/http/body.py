"""Request bodies: read to a limit, inflated to a limit, never trusted about their length.

RFC 9110 sections 8.4 and 8.6; RFC 1952.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from xinglin.kernel.errors import Issue, Malformed, TooLarge, UnsupportedMedia

if TYPE_CHECKING:
    from .message import Request


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        Issue(
            "too-long",
            f"The body is over {limit} bytes; split it, or use `xinglin import` for bulk data",
            f"请求体超过 {limit} 字节；请拆分，或用 `xinglin import` 导入批量数据",
        )
    )


def _broken_gzip() -> Malformed:
    return Malformed(
        Issue(
            "structure",
            "The body is not the gzip stream that Content-Encoding says",
            "请求体不是 Content-Encoding 所声明的 gzip 数据",
            ("http.body",),
        )
    )


def inflate(packed: bytes, limit: int) -> bytes:
    """Unpack gzip to at most ``limit`` bytes; raises TooLarge or Malformed."""
    parts: list[bytes] = []
    room = limit
    while packed:
        stream = zlib.decompressobj(wbits=31)
        try:
            part = stream.decompress(packed, room + 1)
        except zlib.error:
            raise _broken_gzip() from None
        parts.append(part)
        room -= len(part)
        if room < 0:
            raise _too_large(limit)
        if not stream.eof:
            raise _broken_gzip()
        packed = stream.unused_data
    return b"".join(parts)


async def _read(request: Request, limit: int) -> bytes:
    declared = request.header(b"content-length")
    if declared is not None and declared.isdigit() and int(declared) > limit:
        raise _too_large(limit)
    parts: list[bytes] = []
    room = limit
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise Malformed(
                Issue("incomplete", "The body ended before its length", "请求体未传完即中断")
            )
        part = message.get("body", b"")
        room -= len(part)
        if room < 0:
            raise _too_large(limit)
        parts.append(part)
        if not message.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)


async def read(request: Request, limit: int) -> bytes:
    """The whole body, unpacked; raises TooLarge, Malformed or UnsupportedMedia."""
    encoding = (request.header(b"content-encoding") or "identity").strip().lower()
    if encoding not in ("identity", "gzip", "x-gzip"):
        raise UnsupportedMedia(
            Issue(
                "not-supported",
                f'Content-Encoding "{encoding}" is not read here; send gzip or none',
                f"不接受 Content-Encoding“{encoding}”；请用 gzip 或不压缩",
                ("http.Content-Encoding",),
            )
        )
    packed = await _read(request, limit)
    return packed if encoding == "identity" else inflate(packed, limit)
