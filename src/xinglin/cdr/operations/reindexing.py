"""``$reindex`` and ``$reindex-status``: new search parameters in use, rows made anew.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/searchparameter.html; the operations are our own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.cdr.index import plans, registering
from xinglin.fhir import definitions
from xinglin.fhir.outcome import operation_outcome
from xinglin.kernel.errors import Forbidden, Issue, Malformed, NotFound

from .registry import OWN_DEFINITION, Call, Reply

if TYPE_CHECKING:
    from xinglin.cdr.index.reindex import Progress, Reindexer
    from xinglin.kernel.database import Database

    from .registry import Registry


class Reindexing:
    """The two operations over one database."""

    def __init__(self, db: Database, reindexer: Reindexer) -> None:
        self._db = db
        self._reindexer = reindexer

    def register(self, registry: Registry) -> None:
        """Make them callable on the system."""
        name = f"{OWN_DEFINITION}reindex"
        registry.register("reindex", ("system",), (), self.start, changes=True, definition=name)
        registry.register(
            "reindex-status", ("system",), (), self.status, definition=f"{name}-status"
        )

    async def start(self, call: Call) -> Reply:
        """Take up the SearchParameters that are stored, and index again.

        ``type`` names types to index (several allowed); without one it is those that have new
        parameters, or all where there is nothing new.
        """
        _check(call)
        types = _types(call.parameters.texts("type"))
        async with self._db.transaction() as connection:
            change = await registering.synchronise(connection)
            chosen = types | change.types
            number = await self._reindexer.start(connection, chosen)
            self._reindexer.indexer.use(await plans.load(connection))
        progress = await self._reindexer.progress(number)
        status = f"{call.base}/$reindex-status?run={number}"
        body = _parameters(progress, change.notes, call.lang) if progress else {}
        return Reply(body, 202, (("Content-Location", status),))

    async def status(self, call: Call) -> Reply:
        """How far a run is; ``run`` is its number."""
        _check(call)
        number = call.parameters.number("run", 1)
        if number is None:
            raise Malformed(
                Issue(
                    "required",
                    "Say which run: $reindex-status?run=1, as $reindex answered.",
                    "请指明任务：$reindex-status?run=1，编号由 $reindex 返回。",
                )
            )
        progress = await self._reindexer.progress(number)
        if progress is None:
            raise NotFound(
                Issue(
                    "not-found",
                    f"There is no re-indexing run {number}.",
                    f"没有编号为 {number} 的重建索引任务。",
                )
            )
        return Reply(_parameters(progress, (), call.lang))


def _check(call: Call) -> None:
    if not call.access.total:
        raise Forbidden(
            Issue(
                "forbidden",
                "Re-indexing takes access to everything; ask the operator of the installation.",
                "重建索引需要对全部数据的访问权；请联系系统管理员。",
            )
        )


def _types(names: list[str]) -> frozenset[str]:
    for name in names:
        if not definitions.is_resource_type(name):
            raise Malformed(
                Issue(
                    "value",
                    f"'{name[:60]}' is no resource type; use names such as Patient.",
                    f"“{name[:60]}”不是资源类型；请用如 Patient 的名称。",
                )
            )
    return frozenset(names)


def _parameters(progress: Progress, notes: tuple[Issue, ...], lang: Any) -> dict[str, Any]:
    name = definitions.resource_types()
    parts: list[dict[str, Any]] = [
        {"name": "run", "valueInteger": progress.id},
        {"name": "state", "valueCode": progress.state},
        {"name": "total", "valueInteger": progress.total},
        {"name": "done", "valueInteger": progress.done},
        {"name": "changed", "valueInteger": progress.changed},
        *({"name": "type", "valueCode": name[number - 1]} for number in progress.types),
    ]
    if notes:
        parts.append({"name": "notes", "resource": operation_outcome(notes, lang)})
    return {"resourceType": "Parameters", "parameter": parts}
