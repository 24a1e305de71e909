"""Looks at the values again where a machine decides: conditional writes and references.

docs/adr/0005-keyed-hashes.md. A key is a hash of 63 bits. Body and criteria are hashed once more
under another secret; what agrees under both has the same value. Everything that is exact already
(references, dates, strings, numbers) is taken as the database found it.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from xinglin.cdr.index.handlers import Maker, Out
from xinglin.cdr.index.keys import KeySpace
from xinglin.cdr.index.plan import Plan
from xinglin.cdr.index.references import local_references
from xinglin.fhir import json

from . import parameters
from .build import Builder
from .ir import And, Coded, Key, Node, Not, Or
from .memory import is_coded
from .order import EPOCH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xinglin.cdr.index import Rows
    from xinglin.cdr.index.dates import Dates
    from xinglin.fhir.search import SearchParameters
    from xinglin.kernel.database import Connection

    from .request import Pairs as Query

_BODIES = "select rid, body from resource where rid = any($1::bigint[]) and not deleted and ver > 0"
Asked = tuple[str, "Query"]
"""(type, criteria)."""


class Confirmer:
    """Confirms matches under a secret of its own."""

    def __init__(
        self, registry: SearchParameters, dates: Dates, secret: bytes, bases: tuple[str, ...]
    ) -> None:
        self._registry = registry
        self._dates = dates
        self._bases = bases
        self._keys = KeySpace(blake2b(secret, digest_size=32, person=b"confirm").digest())
        self._maker = Maker(self._keys, dates, bases)
        self._plans: dict[str, Plan] = {}

    async def confirmed(
        self, connection: Connection, asked: Sequence[Asked], found: list[list[int]]
    ) -> list[list[int]]:
        """The matches of each of the criteria that have the values asked for."""
        rids = sorted({rid for each in found for rid in each})
        if not rids:
            return found
        bodies = {row[0]: row[1] for row in await connection.fetch(_BODIES, rids)}
        rows: dict[int, Rows] = {}
        result: list[list[int]] = []
        for (type_, query), each in zip(asked, found, strict=True):
            node = self._node(type_, query) if each else None
            kept: list[int] = []
            for rid in each:
                if rid not in bodies or node is None:
                    continue
                if rid not in rows:
                    rows[rid] = self._rows(type_, bodies[rid])
                if tells(node, rows[rid]) is not False:
                    kept.append(rid)
            result.append(kept)
        return result

    def _node(self, type_: str, query: Query) -> Node | None:
        """What the criteria ask for; None where terminology would have to be asked again."""
        builder = Builder(self._registry, self._keys, self._dates, EPOCH, bases=self._bases)
        try:
            return builder.whole(type_, parameters.criteria(self._registry, type_, query))
        except KeyError:
            return Or(())

    def _rows(self, type_: str, body: str) -> Rows:
        resource: dict[str, Any] = json.decode(body.encode())
        numbers = dict.fromkeys(local_references(resource, self._bases), 0)
        out = Out(lambda name: numbers.get(name, 0), resource)
        if type_ not in self._plans:
            known = self._registry.for_type(type_).values()
            own = tuple(param for param in known if param.custom)
            self._plans[type_] = Plan(type_, self._maker, own)
        self._plans[type_].run(resource, out)
        return out.rows()


def tells(node: Node, rows: Rows) -> bool | None:
    """Whether hashed values are what the node asks for; None where it does not ask for any."""
    match node:
        case Key():
            if not rows.key.isdisjoint(k for k in node.ks if k < 0):
                return True
            return None if any(k > 0 for k in node.ks) else False
        case Coded():
            if node.texts:
                return None
            return any(is_coded(node, one) for one in rows.coding)
        case And():
            told = [tells(part, rows) for part in node.parts]
            return False if False in told else (None if None in told else True)
        case Or():
            told = [tells(part, rows) for part in node.parts]
            return True if True in told else (None if None in told or not told else False)
        case Not():
            told_part = tells(node.part, rows)
            return None if told_part is None else not told_part
        case _:
            return None
