"""The built web pages, packaged with the program and served with the headers they need.

RFC 9111 (caching); https://www.w3.org/TR/CSP3/.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

import xinglin

from .replies import SECURITY, send_bytes

if TYPE_CHECKING:
    from xinglin.cdr.http import Scope, Send

# antd writes style elements at run time: they carry the nonce of the page (web/src/nonce.ts).
# Charts and growing text fields set style attributes, which can carry none.
_CSP = (
    b"default-src 'self'; script-src 'self'; style-src-elem 'self' 'nonce-%s'; "
    b"style-src-attr 'unsafe-inline'; style-src 'self' 'nonce-%s'; "
    b"img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self'; "
    b"frame-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    b"frame-ancestors 'none'"
)
_NONCE = b"__NONCE__"
_FOREVER = b"public, max-age=31536000, immutable"  # names that carry a hash of the content
_ASK = b"no-cache"
_PACKED = (".html", ".js", ".css", ".svg", ".json", ".map", ".webmanifest", ".txt")
_NOT_BUILT = (
    b"<!doctype html><meta charset=utf-8><title>Xinglin</title>"
    b"<p>The pages are not built yet: run <code>make setup</code>. "
    b"The API answers at <a href=/fhir/metadata>/fhir</a>."
)


class Page(msgspec.Struct, frozen=True):
    """One file, ready to send."""

    body: bytes
    packed: bytes | None
    kind: bytes
    etag: bytes
    caching: bytes


def folder() -> Path:
    """Where the built pages are."""
    return Path(xinglin.__file__).parent / "web_dist"


def load(root: Path) -> dict[str, Page]:
    """Every file under the folder, by its address."""
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {f"/{path.relative_to(root).as_posix()}": _page(path, root) for path in files}


def _page(path: Path, root: Path) -> Page:
    body = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if kind.startswith("text/") or kind.endswith(("json", "javascript")):
        kind += "; charset=utf-8"
    hashed = path.relative_to(root).parts[0] == "assets"
    return Page(
        body,
        gzip.compress(body, 9, mtime=0) if path.suffix in _PACKED else None,
        kind.encode(),
        b'"' + hashlib.sha256(body).hexdigest()[:32].encode() + b'"',
        _FOREVER if hashed else _ASK,
    )


class Pages:
    """Files of the web client; an address without a file is a page of the client's own router."""

    def __init__(self, root: Path) -> None:
        self._pages = load(root) if root.is_dir() else {}

    def _find(self, path: str) -> Page | None:
        found = self._pages.get(path) or self._pages.get(path.rstrip("/") + "/index.html")
        if found or "." in path.rpartition("/")[2]:
            return found
        entry = path.strip("/").split("/")[0]
        return self._pages.get(f"/{entry}.html") or self._pages.get("/index.html")

    async def __call__(self, scope: Scope, send: Send) -> None:
        """Answer GET and HEAD."""
        head = scope["method"] == "HEAD"
        if scope["method"] not in ("GET", "HEAD"):
            allow = (b"allow", b"GET, HEAD")
            await send_bytes(send, 405, b"text/plain", b"GET or HEAD\n", allow, head=head)
            return
        page = self._find(scope["path"])
        if page is None:
            missing = scope["path"] != "/"
            body = b"Not found\n" if missing else _NOT_BUILT
            kind = b"text/plain" if missing else b"text/html; charset=utf-8"
            await send_bytes(send, 404 if missing else 200, kind, body, head=head)
            return
        await _send(page, dict(scope["headers"]), send, head=head)


async def _send_html(page: Page, send: Send, *, head: bool) -> None:
    """A page gets a nonce of its own each time, and so is kept nowhere."""
    nonce = secrets.token_urlsafe(16).encode()
    policy = _CSP.replace(b"%s", nonce)
    headers = ((b"cache-control", b"no-store"), (b"content-security-policy", policy))
    body = page.body.replace(_NONCE, nonce)
    await send_bytes(send, 200, page.kind, body, *headers, head=head)


async def _send(page: Page, given: dict[bytes, bytes], send: Send, *, head: bool) -> None:
    if page.kind.startswith(b"text/html"):
        await _send_html(page, send, head=head)
        return
    caching = (
        (b"etag", page.etag),
        (b"cache-control", page.caching),
        (b"vary", b"accept-encoding"),
        # With 304 too: what a browser keeps takes over the headers of the latest answer.
        (b"content-security-policy", _CSP),
    )
    if page.etag in given.get(b"if-none-match", b""):
        headers = [*caching, *SECURITY]
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    packed = page.packed if b"gzip" in given.get(b"accept-encoding", b"") else None
    more = [*caching]
    if packed is not None:
        more.append((b"content-encoding", b"gzip"))
    await send_bytes(
        send, 200, page.kind, page.body if packed is None else packed, *more, head=head
    )
