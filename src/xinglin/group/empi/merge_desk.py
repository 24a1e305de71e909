"""Operations on records of one person: ``$merge``, ``$unmerge``, ``$identify``.

Parameters as in FHIR R5, https://hl7.org/fhir/R5/patient-operation-merge.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xinglin.cdr.interactions import hidden
from xinglin.cdr.operations.registry import OWN_DEFINITION, Call, Registry, Reply
from xinglin.fhir.outcome import operation_outcome
from xinglin.kernel.errors import Issue

from . import identifying, merging, patients, replies

if TYPE_CHECKING:
    from .index import Index
    from .merging import Merged

_MERGE: Final = "http://hl7.org/fhir/OperationDefinition/Patient-merge"
_PATIENT: Final = ("Patient",)
Json = dict[str, Any]


class Merging:
    """The operations over one index."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def register(self, table: Registry) -> None:
        """Make them callable."""
        own = OWN_DEFINITION
        table.register("merge", ("type",), _PATIENT, self.merge, changes=True, definition=_MERGE)
        table.register(
            "unmerge", ("type",), _PATIENT, self.unmerge, changes=True, definition=f"{own}unmerge"
        )
        table.register(
            "identify",
            ("instance",),
            _PATIENT,
            self.identify,
            changes=True,
            definition=f"{own}identify",
        )

    async def merge(self, call: Call) -> Reply:
        """``source-patient`` into ``target-patient``; ``reason``; ``confirm``; ``preview``."""
        given = call.parameters
        done = await merging.merge(
            self._index,
            call.access,
            patients.named(given, "source-patient"),
            patients.named(given, "target-patient"),
            reason=given.text("reason") or "",
            confirmed=bool(given.flag("confirm")),
            preview=bool(given.flag("preview")),
        )
        return _reply(call, done, _merged(done))

    async def unmerge(self, call: Call) -> Reply:
        """``source-patient``: the record that was replaced; ``reason``."""
        given = call.parameters
        source = patients.named(given, "source-patient")
        done = await merging.unmerge(
            self._index, call.access, source, reason=given.text("reason") or ""
        )
        note = Issue(
            "informational",
            f"The merge is undone; {done.moved} entries of the chart went back.",
            f"合并已撤销；病历中 {done.moved} 条记录已恢复归属。",
            severity="information",
        )
        return _reply(call, done, note)

    async def identify(self, call: Call) -> Reply:
        """It is known now who the unknown patient is: ``existing`` record, or ``patient`` data."""
        given = call.parameters
        existing = patients.named(given, "existing", needed=False)
        if existing:
            done = await merging.merge(
                self._index,
                call.access,
                call.id,
                existing,
                reason=given.text("reason") or "identified",
            )
            return _reply(call, done, _merged(done))
        found = await identifying.identify(
            self._index,
            call.access,
            call.id,
            replies.patient(call, "patient"),
            decided=given.text("decision") == "create",
        )
        parts: list[Json] = [
            {"name": "outcome", "valueCode": "identified" if found.patient else "candidates"}
        ]
        if found.patient:
            parts.append({"name": "patient", "resource": found.patient})
        if found.found:
            bundle = replies.bundle(found.found, call.base, call.lang)
            parts.append({"name": "candidates", "resource": bundle})
        shown = (found.rid, *(one.rid for one in found.found))
        return Reply(replies.parameters(*parts), patients=shown)


def _merged(done: Merged) -> Issue:
    if not done.number:
        return Issue(
            "informational",
            "This is how the record would be; nothing was changed.",
            "这是合并后的样子；尚未作任何更改。",
            severity="information",
        )
    return Issue(
        "informational",
        f"Merged; {done.moved} entries of the chart were moved. $unmerge undoes it.",
        f"已合并；病历中 {done.moved} 条记录已转入。可用 $unmerge 撤销。",
        severity="information",
    )


def _reply(call: Call, done: Merged, note: Issue) -> Reply:
    shown = hidden.conceal(done.patient, call.access.hides("Patient"))
    return Reply(
        replies.parameters(
            {"name": "outcome", "resource": operation_outcome((note,), call.lang)},
            {"name": "result", "resource": shown},
            {"name": "moved", "valueInteger": done.moved},
        ),
        patients=done.rids,
    )
