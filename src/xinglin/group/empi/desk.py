"""Operations of matching: ``$match``, ``$register``, ``$match-queue``, ``$match-decide``.

https://hl7.org/fhir/R4/patient-operation-match.html; the others are our own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xinglin.cdr import store
from xinglin.cdr.interactions import hidden, sight
from xinglin.cdr.operations.registry import OWN_DEFINITION, Call, Registry, Reply
from xinglin.fhir import json
from xinglin.kernel.errors import Issue, Malformed

from . import linking, matching, patients, registering, replies
from .compare import FIELDS
from .index import unpack
from .queries import Tables, events, queue
from .weights import compare

if TYPE_CHECKING:
    import asyncpg

    from xinglin.cdr.interactions.sight import Seen

    from .index import Index

_MATCH: Final = "http://hl7.org/fhir/OperationDefinition/Patient-match"
_PATIENT: Final = ("Patient",)
_STATES: Final = ("open", "linked", "different", "merged")
_DECISIONS: Final = ("link", "not-same", "reopen")
_PAGE: Final = 50
_MOST: Final = 200
Json = dict[str, Any]


class Matching:
    """The operations over one index."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def register(self, table: Registry) -> None:
        """Make them callable."""
        table.register("match", ("type",), _PATIENT, self.match, definition=_MATCH)
        for name, level, handler, changes in (
            ("register", "type", self.new, True),
            ("match-queue", "system", self.queue, False),
            ("match-decide", "system", self.decide, True),
            ("match-history", "instance", self.history, False),
        ):
            types = () if level == "system" else _PATIENT
            own = OWN_DEFINITION + name
            table.register(name, (level,), types, handler, changes=changes, definition=own)  # type: ignore[arg-type]

    async def match(self, call: Call) -> Reply:
        """Who it may be. ``resource``; ``onlyCertainMatches``; ``count``."""
        index = self._index
        traits = matching.asked(call.access, replies.patient(call, "resource"))
        found = await matching.find(index, index.ctx.db, call.access, traits)
        if call.parameters.flag("onlyCertainMatches"):
            found = [one for one in found if one.score.grade == "certain"]
        count = call.parameters.number("count", 1)
        body = replies.bundle(found[:count], call.base, call.lang)
        return Reply(body, patients=tuple(one.rid for one in found[:count]))

    async def new(self, call: Call) -> Reply:
        """Register a patient. ``patient``; ``decision`` create or use; ``reason``; ``mother``."""
        decision = _choice(call, "decision", ("create", "use"))
        if decision == "use":
            return await self._existing(call)
        done = await registering.register(
            self._index,
            call.access,
            replies.patient(call, "patient"),
            decided=decision == "create",
            reason=call.parameters.text("reason") or "",
            mother=patients.named(call.parameters, "mother", needed=False),
        )
        parts: list[Json] = [_outcome("created" if done.created else "candidates")]
        if done.patient:
            parts.append({"name": "patient", "resource": done.patient})
        if done.found:
            found = replies.bundle(done.found, call.base, call.lang)
            parts.append({"name": "candidates", "resource": found})
        body = replies.parameters(*parts)
        shown = (*((done.rid,) if done.created else ()), *(one.rid for one in done.found))
        if not done.created:
            return Reply(body, patients=shown)
        location = ("Location", f"{call.base}/{done.location}")
        return Reply(body, 201, (location,), shown)

    async def _existing(self, call: Call) -> Reply:
        """The clerk has recognised the patient: nothing new is made."""
        ctx = self._index.ctx
        id_ = patients.named(call.parameters, "existing")
        async with ctx.db.acquire() as connection:
            stored = await patients.one(ctx, connection, call.access, id_)
        body = hidden.conceal_body(stored.body, call.access.hides("Patient"))
        resource = {"name": "patient", "resource": json.decode(body)}
        return Reply(replies.parameters(_outcome("existing"), resource), patients=(stored.rid,))

    async def queue(self, call: Call) -> Reply:
        """Pairs to look at side by side. ``status``; ``count``; ``offset``."""
        state = _choice(call, "status", _STATES) or "open"
        count = min(call.parameters.number("count", 1) or _PAGE, _MOST)
        offset = call.parameters.number("offset") or 0
        db = self._index.ctx.db
        rows = await queue(db, call.access, state, count, offset)
        rids = {rid for row in rows for rid in (row["one"], row["two"])}
        seen = await sight.told(self._index.ctx, db, call.access, rids, ("r",))
        traits = await Tables.traits(db, list(rids))
        parts = [_pair(call, row, seen, traits) for row in rows]
        shown = [part for part in parts if part]
        hidden_ = {"name": "hidden", "valueInteger": len(rows) - len(shown)}
        more = {"name": "more", "valueBoolean": len(rows) == count}
        told = [row for row, part in zip(rows, parts, strict=True) if part]
        both = tuple(dict.fromkeys(rid for row in told for rid in (row["one"], row["two"])))
        return Reply(replies.parameters(hidden_, more, *shown), patients=both)

    async def decide(self, call: Call) -> Reply:
        """Say of two records what they are. ``one``, ``two``; ``decision``; ``reason``."""
        decision = _choice(call, "decision", _DECISIONS)
        if not decision:
            raise _say("decision", _DECISIONS)
        done = await linking.decide(
            self._index,
            call.access,
            (patients.named(call.parameters, "one"), patients.named(call.parameters, "two")),
            decision,  # type: ignore[arg-type]
            actor=call.access.actor,
            reason=call.parameters.text("reason") or "",
        )
        return Reply(
            replies.parameters(
                {"name": "one", "valueReference": {"reference": f"Patient/{done.one}"}},
                {"name": "two", "valueReference": {"reference": f"Patient/{done.two}"}},
                {"name": "state", "valueCode": done.state},
            ),
            patients=done.rids,
        )

    async def history(self, call: Call) -> Reply:
        """What was linked, merged and undone of this record, by whom and why."""
        ctx = self._index.ctx
        async with ctx.db.acquire() as connection:
            stored = await patients.one(ctx, connection, call.access, call.id)
            rows = await events(connection, call.access, stored.rid)
            rids = {rid for row in rows for rid in (row["one"], row["two"]) if rid}
            names = {row.rid: row.id for row in await store.by_rid(connection, rids)}
        told = replies.parameters(*(_event(row, names) for row in rows))
        return Reply(told, patients=tuple(sorted(rids | {stored.rid})))


def _event(row: asyncpg.Record, names: dict[int, str]) -> Json:
    part: list[Json] = [
        {"name": "at", "valueInstant": row["at"].isoformat(timespec="milliseconds")},
        {"name": "kind", "valueCode": row["kind"]},
        {"name": "actor", "valueString": row["actor"] or "?"},
    ]
    part += [
        {"name": "patient", "valueReference": {"reference": f"Patient/{names[rid]}"}}
        for rid in (row["one"], row["two"])
        if rid in names
    ]
    if row["detail"]:
        part.append({"name": "reason", "valueString": row["detail"]})
    return {"name": "event", "part": part}


def _pair(
    call: Call, row: asyncpg.Record, seen: dict[int, Seen], traits: dict[int, str]
) -> Json | None:
    """Both records whole, or nothing of either."""
    both = [seen.get(row[side]) for side in ("one", "two")]
    if any(one is None or "r" not in one.letters or one.stored.deleted for one in both):
        return None
    part: list[Json] = [
        {
            "name": side,
            "resource": json.decode(
                hidden.conceal_body(one.stored.body, call.access.hides("Patient"))
            ),
        }
        for side, one in zip(("one", "two"), both, strict=True)
        if one is not None
    ]
    part += [
        {"name": "state", "valueCode": row["state"]},
        {"name": "grade", "valueCode": row["grade"]},
        {"name": "bits", "valueDecimal": replies.decimal(row["bits"], 1)},
        {"name": "since", "valueInstant": row["since"].isoformat(timespec="milliseconds")},
    ]
    if row["actor"]:
        part.append({"name": "actor", "valueString": row["actor"]})
    if row["reason"]:
        part.append({"name": "reason", "valueString": row["reason"]})
    if row["one"] in traits and row["two"] in traits and not call.access.hides("Patient"):
        score = compare(unpack(traits[row["one"]]), unpack(traits[row["two"]]))
        part += replies.score_parts(score, FIELDS)
    return {"name": "pair", "part": part}


def _choice(call: Call, name: str, choices: tuple[str, ...]) -> str:
    text = call.parameters.text(name) or ""
    if text and text not in choices:
        raise _say(name, choices)
    return text


def _say(name: str, choices: tuple[str, ...]) -> Malformed:
    return Malformed(
        Issue(
            "value",
            f"Parameter {name} is one of: {', '.join(choices)}.",
            f"参数 {name} 只能是：{'、'.join(choices)}。",
        )
    )


def _outcome(code: str) -> Json:
    return {"name": "outcome", "valueCode": code}
