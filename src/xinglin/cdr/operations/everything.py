"""``$everything`` of a patient or an encounter: streamed, without a cap, or in pages.

https://hl7.org/fhir/R4/patient-operation-everything.html, encounter-operation-everything.html
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

import msgspec

from xinglin.cdr import store
from xinglin.cdr.index import RID_MASK, KeySpace
from xinglin.cdr.interactions import hidden, sight
from xinglin.cdr.search.sql import Statement
from xinglin.fhir import definitions, json
from xinglin.fhir.search import search_parameters
from xinglin.kernel.errors import Issue, Malformed

from . import instants
from .registry import Call, Reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from xinglin.cdr.access import Access
    from xinglin.cdr.repository import Repository
    from xinglin.cdr.search.ir import Node

    from .registry import Registry

BATCH = 200
_DEFINITION = "http://hl7.org/fhir/OperationDefinition/"
_AFTER = "_after"

# The rows of each key are walked in the order of their numbers: no key is ever sorted whole.
_NEXT = (
    "select distinct n.rid from unnest($1::bigint[]) w(k) cross join lateral"
    " (select rid from key where key.k = w.k and rid > $2 order by rid limit $3) n"
    " order by n.rid limit $3"
)
_ROWS = (
    "select r.rid, r.type, r.id, r.body, r.refs, r.patient, r.patients"
    " from unnest($1::bigint[]) w(rid)"
    " join resource r on r.rid = w.rid where not r.deleted and r.ver > 0"
    " and ($2::smallint[] is null or r.type = any($2))"
    " and ($3::timestamptz is null or r.updated >= $3) and {seen} order by r.rid"
)


class Wanted(msgspec.Struct, frozen=True):
    """What the call asks for; ``period`` in microseconds, ``count`` None: everything at once."""

    keys: list[int]
    types: list[int] | None
    since: datetime | None
    period: tuple[int, int] | None
    count: int | None
    after: int


class Everything:
    """The operation over one repository."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._context = repository.context
        compartment = search_parameters().compartment
        self._supporting = frozenset(
            definitions.type_number(type_)
            for type_ in definitions.resource_types()
            if type_ not in compartment and type_ != "Patient"
        )

    def register(self, registry: Registry) -> None:
        """Make it callable on a patient and on an encounter."""
        for type_ in ("Patient", "Encounter"):
            registry.register(
                "everything",
                ("instance",),
                (type_,),
                self.run,
                definition=f"{_DEFINITION}{type_}-everything",
            )

    async def run(self, call: Call) -> Reply:
        """Check what can be checked, then stream."""
        result = await self._repository.read(call.access, call.type, call.id)
        names = {(call.type, call.id)}
        numbers = await self._context.references.resolve(self._context.db, names)
        wanted = self._wanted(call, numbers[call.type, call.id])
        first = b"" if wanted.after else result.body
        node = await self.condition(call.access)
        return Reply(_Stream(self, call, wanted, node).bundle(first, numbers[call.type, call.id]))

    def _wanted(self, call: Call, rid: int) -> Wanted:
        given = call.parameters
        types = given.texts("_type")
        for type_ in types:
            if not definitions.is_resource_type(type_):
                raise _bad("_type", f'has no type "{type_}"', f"没有类型“{type_}”")
        return Wanted(
            keys=[KeySpace.patient(rid)] if call.type == "Patient" else encounter_keys(rid),
            types=[definitions.type_number(type_) for type_ in types] or None,
            since=instants.instant(given.text("_since"), "_since"),
            period=self._period(call),
            count=given.number("_count", 1),
            after=_position(given.text(_AFTER)),
        )

    def _period(self, call: Call) -> tuple[int, int] | None:
        start, end = call.parameters.text("start"), call.parameters.text("end")
        if start is None and end is None:
            return None
        low = self._bound(start, "start")[0] if start else -(1 << 62)
        high = self._bound(end, "end")[1] if end else 1 << 62
        return low, high

    def _bound(self, text: str, name: str) -> tuple[int, int]:
        try:
            return self._context.indexer.dates.bounds(text)
        except ValueError:
            raise _bad(name, "takes a date", "应为日期") from None

    def supports(self, type_: int, *, of: str) -> bool:
        """Whether resources of a type go along because something refers to them."""
        return type_ in self._supporting or (
            of == "Encounter" and type_ == definitions.type_number("Patient")
        )

    async def next(self, wanted: Wanted, after: int) -> list[int]:
        """The next numbers in the compartment."""
        rows = await self._context.db.fetch(_NEXT, wanted.keys, after, BATCH)
        return [row["rid"] for row in rows]

    async def condition(self, access: Access) -> Node | None:
        """What must hold for whatever goes along."""
        return await sight.condition(self._context, self._context.db, access.over("r"))

    async def rows(self, rids: list[int], wanted: Wanted | None, node: Node | None) -> list[Any]:
        """Live resources among these numbers, those wanted that may be seen."""
        types, since = (wanted.types, wanted.since) if wanted else (None, None)
        statement = Statement()
        statement.args += [rids, types, since]
        text = _ROWS.replace("{seen}", store.condition(statement, node))
        return await self._context.db.fetch(text, *statement.args)

    def dated(self, body: str, period: tuple[int, int]) -> bool:
        """Whether a resource has no clinical date, or one in the period."""
        rows = self._context.indexer.extract(json.decode(body.encode()), lambda _name: 0)
        return not rows.pdate or any(period[0] <= when <= period[1] for _, when in rows.pdate)


class _Stream:
    """One answer in the making."""

    def __init__(self, room: Everything, call: Call, wanted: Wanted, node: Node | None) -> None:
        self._room = room
        self._call = call
        self._wanted = wanted
        self._node = node
        self._sent: set[int] = set()
        self._mentioned: set[int] = set()
        self._total = 0
        self._more = 0

    async def bundle(self, first: bytes, rid: int) -> AsyncIterator[bytes]:
        """The pieces of a searchset Bundle; the total comes last, when it is known."""
        yield b'{"resourceType":"Bundle","type":"searchset"'
        if first and self._asks_for_itself():
            self._total += 1
            yield self._entry(self._call.type, self._call.id, first, b"match")
        self._sent.add(rid)
        for row in await self._room.rows([rid], None, self._node):
            self._mention(row)
        async for part in self._compartment():
            yield part
        async for part in self._support():
            yield part
        end = b"]" if self._total else b""
        yield end + b',"link":' + json.encode(self._links()) + b',"total":%d}' % self._total

    def _mention(self, row: Any) -> None:
        self._mentioned.update(ref & RID_MASK for ref in row["refs"])

    def _asks_for_itself(self) -> bool:
        types = self._wanted.types
        return types is None or definitions.type_number(self._call.type) in types

    async def _compartment(self) -> AsyncIterator[bytes]:
        after, left = self._wanted.after, self._wanted.count
        while rids := await self._room.next(self._wanted, after):
            parts: list[bytes] = []
            for row in await self._room.rows(rids, self._wanted, self._node):
                if row["rid"] in self._sent:
                    continue
                if left is not None and left <= 0:
                    self._more = after
                    break
                part = self._part(row, b"match")
                if part:
                    parts.append(part)
                    left = None if left is None else left - 1
                after = row["rid"]
            yield b"".join(parts)
            if self._more:
                return
            after = rids[-1]

    async def _support(self) -> AsyncIterator[bytes]:
        """What was referred to and belongs to no patient: practitioners, places, products."""
        rids = sorted(self._mentioned - self._sent)
        for start in range(0, len(rids), BATCH):
            parts: list[bytes] = []
            for row in await self._room.rows(rids[start : start + BATCH], None, self._node):
                types = self._wanted.types
                if types is not None and row["type"] not in types:
                    continue
                if self._room.supports(row["type"], of=self._call.type):
                    parts.append(self._part(row, b"include") or b"")
            yield b"".join(parts)

    def _part(self, row: Any, mode: bytes) -> bytes | None:
        if mode == b"match":
            if self._wanted.period and not self._room.dated(row["body"], self._wanted.period):
                return None
            self._mention(row)
        type_ = definitions.resource_types()[row["type"] - 1]
        body = hidden.conceal_body(row["body"], self._call.access.hides(type_))
        self._sent.add(row["rid"])
        self._total += 1
        return self._entry(type_, row["id"], body, mode)

    def _entry(self, type_: str, id_: str, body: bytes, mode: bytes) -> bytes:
        comma = b',"entry":[' if self._total == 1 else b","
        url = json.encode(f"{self._call.base}/{type_}/{id_}")
        return (
            comma
            + b'{"fullUrl":'
            + url
            + b',"resource":'
            + body
            + b',"search":{"mode":"'
            + mode
            + b'"}}'
        )

    def _links(self) -> list[dict[str, str]]:
        links = [{"relation": "self", "url": self._call.url}]
        if self._more:
            path, _, query = self._call.url.partition("?")
            kept = [(name, value) for name, value in parse_qsl(query) if name != _AFTER]
            asked = urlencode([*kept, (_AFTER, str(self._more))])
            links.append({"relation": "next", "url": f"{path}?{asked}"})
        return links


def encounter_keys(rid: int) -> list[int]:
    """The keys of all references to an encounter."""
    params = search_parameters()
    return [
        KeySpace.ref(source, rid)
        for type_ in definitions.resource_types()
        for param in params.for_type(type_).values()
        if param.kind == "reference" and "Encounter" in (param.only or param.targets)
        for source in param.sources
    ]


def _position(text: str | None) -> int:
    if text is None:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 17):
        raise _bad(_AFTER, "comes from a next link", "应取自 next 链接")
    return int(text)


def _bad(name: str, en: str, zh: str) -> Malformed:
    place = f"Parameters.parameter.where(name='{name}')"
    return Malformed(Issue("value", f"Parameter {name} {en}", f"参数 {name} {zh}", (place,)))
