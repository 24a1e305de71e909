"""A page of history as a Bundle, put together from the stored bytes.

https://hl7.org/fhir/R4/bundle.html#history
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from xinglin.cdr import types
from xinglin.fhir import json
from xinglin.kernel.ids import is_uuid7

from .image import instant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xinglin.cdr.store.history import Entry

    from .history_query import Query

_METHOD = {"C": "POST", "U": "PUT", "D": "DELETE"}
_STATUS = {"C": "201", "U": "200", "D": "204"}


def bundle(
    base: str,
    query: Query,
    entries: Sequence[tuple[Entry, bytes]],
    last: Entry | None,
    total: int | None,
) -> bytes:
    """The Bundle; ``last`` is the last entry of a page that is followed by another."""
    path = "/".join(part for part in (base, query.type, query.id, "_history") if part)
    links = [{"relation": "self", "url": _url(path, query.params)}]
    if last is not None:
        following = [*query.params, ("_cursor", query.cursor(last))]
        links.append({"relation": "next", "url": _url(path, following)})
    head: dict[str, object] = {"resourceType": "Bundle", "type": "history"}
    if total is not None:
        head["total"] = total
    head["link"] = links
    text = json.encode(head)
    if not entries:
        return text
    parts = b",".join(_entry(base, entry, body) for entry, body in entries)
    return text[:-1] + b',"entry":[' + parts + b"]}"


def _entry(base: str, entry: Entry, body: bytes) -> bytes:
    stored = entry.stored
    type_ = types.name(stored.type)
    name = f"{type_}/{stored.id}"
    method, url = _METHOD[entry.op], name
    if entry.op == "C":
        # A create gives an id of the server; any other id was brought by an update.
        made_here = stored.ver == 1 and is_uuid7(stored.id)
        method, url = ("POST", type_) if made_here else ("PUT", name)
    rest = json.encode(
        {
            "request": {"method": method, "url": url},
            "response": {
                "status": _STATUS[entry.op],
                "etag": f'W/"{stored.ver}"',
                "lastModified": instant(stored.updated),
            },
        }
    )
    head = b'{"fullUrl":' + json.encode(f"{base}/{name}") + b","
    resource = b"" if stored.deleted or not body else b'"resource":' + body + b","
    return head + resource + rest[1:]


def _url(path: str, params: Sequence[tuple[str, str]]) -> str:
    return f"{path}?{urlencode(params)}" if params else path
