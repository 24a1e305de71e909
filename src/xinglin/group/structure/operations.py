"""``$open``, ``$close``, ``$move``, ``$merge`` of units; ``$privileges`` of staff and their grant.

docs/howto/change-the-structure.md. Each act is one transaction with its Provenance, and passes the
access of the caller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xinglin.cdr.interactions.replying import Style
from xinglin.cdr.operations import Reply
from xinglin.fhir import json
from xinglin.group.days import day_of
from xinglin.kernel.errors import Conflict, Invalid, Issue

from . import staff, units

if TYPE_CHECKING:
    from datetime import date

    from xinglin.cdr.access import Access
    from xinglin.cdr.operations import Call, Registry
    from xinglin.cdr.repository import Repository
    from xinglin.kernel.clock import Clock

Json = dict[str, Any]
_KINDS: Final = ("Organization", "Location")
_MOST: Final = 500
_SHOWN: Final = 10


class Structuring:
    """The operations over one repository."""

    def __init__(self, repository: Repository, clock: Clock) -> None:
        self._repository = repository
        self._clock = clock

    def register(self, registry: Registry) -> None:
        """Make them callable."""
        for name, act in (
            ("open", self.open),
            ("close", self.close),
            ("move", self.move),
            ("merge", self.merge),
        ):
            registry.register(name, ("instance",), _KINDS, act, changes=True)
        who = ("Practitioner",)
        registry.register("privileges", ("instance",), who, self.privileges)
        registry.register("grant-privilege", ("instance",), who, self.grant, changes=True)
        registry.register("withdraw-privilege", ("instance",), who, self.withdraw, changes=True)

    # -- units -------------------------------------------------------------------------------

    async def open(self, call: Call) -> Reply:
        """In use from a day."""
        unit, day = await self._unit(call), self._day(call)
        return await self._write(call, "open", [units.opened(unit, day)], day)

    async def close(self, call: Call) -> Reply:
        """Not in use from a day; with what is below it only where ``below`` says so."""
        unit, day = await self._unit(call), self._day(call)
        below = [one for one in await self._below(call.access, unit) if units.is_open(one)]
        if below and not call.parameters.flag("below"):
            raise _not_empty(unit, below)
        await self._nobody_there(call.access, [unit, *below])
        successor = call.parameters.text("successor")
        if successor:
            await self._named(call.access, successor, "successor")
        made = [units.closed(one, day, successor) for one in (unit, *below)]
        return await self._write(call, "close", made, day)

    async def move(self, call: Call) -> Reply:
        """Below another unit from now on."""
        unit, day = await self._unit(call), self._day(call)
        parent = await self._named(call.access, call.parameters.text("parent") or "", "parent")
        units.check_no_circle(unit, [parent, *await self._above(call.access, parent)])
        return await self._write(call, "move", [units.moved(unit, parent)], day)

    async def merge(self, call: Call) -> Reply:
        """What is below the unit moves ``into`` another; the unit is closed and names it."""
        unit, day = await self._unit(call), self._day(call)
        into = await self._named(call.access, call.parameters.text("into") or "", "into")
        if units.reference(into) == units.reference(unit) or (
            into["resourceType"] != unit["resourceType"]
        ):
            raise Invalid(
                Issue("value", "into: another unit of the same kind", "into：应为同类的另一单元")
            )
        units.check_no_circle(unit, await self._above(call.access, into))
        await self._nobody_there(call.access, [unit])
        children = await self._children(call.access, unit)
        made = [units.moved(one, into) for one in children]
        closed = units.closed(unit, day, units.reference(into))
        return await self._write(call, "merge", [closed, *made], day)

    # -- staff -------------------------------------------------------------------------------

    async def privileges(self, call: Call) -> Reply:
        """What somebody may do on a day (``at``; today)."""
        person = await self._read(call.access, call.type, call.id)
        day = day_of(call.parameters.text("at"), self._clock.now(), "at")
        return Reply(_told(staff.held(person, day)))

    async def grant(self, call: Call) -> Reply:
        """A privilege, ``from`` a day, ``until`` another."""
        person = await self._read(call.access, call.type, call.id)
        code = staff.check(call.parameters.text("code"))
        now = self._clock.now()
        since = day_of(call.parameters.text("from"), now, "from")
        text = call.parameters.text("until")
        until = day_of(text, now, "until") if text else None
        made = staff.granted(person, code, since, until, call.access.actor)
        return await self._person(call, made)

    async def withdraw(self, call: Call) -> Reply:
        """No more from a day."""
        person = await self._read(call.access, call.type, call.id)
        code = staff.check(call.parameters.text("code"))
        day = day_of(call.parameters.text("date"), self._clock.now(), "date")
        return await self._person(call, staff.withdrawn(person, code, day))

    async def _person(self, call: Call, made: Json) -> Reply:
        match = f'W/"{made["meta"]["versionId"]}"'
        done = await self._repository.update(call.access, call.type, call.id, made, if_match=match)
        return Reply(done.body)

    # -- shared ------------------------------------------------------------------------------

    async def _unit(self, call: Call) -> Json:
        return await self._read(call.access, call.type, call.id)

    async def _read(self, access: Access, type_: str, id_: str) -> Json:
        return json.decode((await self._repository.read(access, type_, id_)).body)

    async def _named(self, access: Access, reference: str, place: str) -> Json:
        type_, _, id_ = reference.partition("/")
        if type_ not in _KINDS or not id_:
            raise Invalid(
                Issue(
                    "value",
                    f"{place}: Organization/<id> or Location/<id>",
                    f"{place}：应为 Organization/<id> 或 Location/<id>",
                    (place,),
                )
            )
        return await self._read(access, type_, id_)

    def _day(self, call: Call) -> date:
        now = self._clock.now()
        day = day_of(call.parameters.text("date"), now, "date")
        if day > now.date():
            raise Invalid(
                Issue(
                    "value",
                    "date: not in the future; do it on the day",
                    "date：不能是将来的日期；请在当日办理",
                    ("date",),
                )
            )
        return day

    async def _find(self, access: Access, type_: str, query: str) -> list[Json]:
        ctx = self._repository.context
        assert ctx.search is not None  # noqa: S101  the assembly has search
        found = await ctx.search(ctx.db, access, (type_,), f"{query}&_count={_MOST}", Style(""))
        entries = json.decode(found.body).get("entry", [])
        return [one["resource"] for one in entries if one["search"]["mode"] == "match"]

    async def _children(self, access: Access, unit: Json) -> list[Json]:
        where = units.reference(unit)
        found = await self._find(access, unit["resourceType"], f"partof={where}")
        if unit["resourceType"] == "Organization":
            found += await self._find(access, "Location", f"organization={where}")
        return found

    async def _below(self, access: Access, unit: Json) -> list[Json]:
        found: dict[str, Json] = {}
        todo = [unit]
        while todo:
            for one in await self._children(access, todo.pop()):
                if units.reference(one) not in found:
                    found[units.reference(one)] = one
                    todo.append(one)
        return list(found.values())

    async def _above(self, access: Access, unit: Json) -> list[Json]:
        found: list[Json] = []
        at = unit.get("partOf", {}).get("reference")
        while at and len(found) < 30:
            one = await self._named(access, at, "partOf")
            found.append(one)
            at = one.get("partOf", {}).get("reference")
        return found

    async def _nobody_there(self, access: Access, closing: list[Json]) -> None:
        """Raises Conflict where somebody is under care in one of the places."""
        for one in closing:
            param = "location" if one["resourceType"] == "Location" else "service-provider"
            query = f"{param}={units.reference(one)}&status=in-progress,arrived,triaged,onleave"
            # Whether somebody is there is asked of the whole hospital; who it is, is not told.
            if await self._find(type(access).local(), "Encounter", query):
                raise Conflict(
                    Issue(
                        "business-rule",
                        f"{units.name(one)} has patients under care. Transfer or discharge them"
                        " first.",
                        f"“{units.name(one)}”仍有在诊或在院患者。请先转科或办理出院。",
                    )
                )

    async def _write(self, call: Call, act: units.Act, made: list[Json], day: date) -> Reply:
        why = (call.parameters.text("reason") or "").strip()
        if not why:
            raise Invalid(
                Issue("required", "reason: say why", "reason：请说明原因", ("reason",)),
            )
        at = self._clock.now().isoformat()
        record = units.provenance(act, made, call.access.actor, why[:2000], day, at)
        entry = [_request(one) for one in made]
        entry.append(
            {"resource": record, "request": {"method": "POST", "url": "Provenance"}},
        )
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entry}
        done = await self._repository.bundle(
            call.access, bundle, base=call.base, prefer="representation", lang=call.lang
        )
        return Reply(done.body)


def _request(one: Json) -> Json:
    version = one["meta"]["versionId"]
    request = {"method": "PUT", "url": units.reference(one), "ifMatch": f'W/"{version}"'}
    return {"resource": one, "request": request}


def _not_empty(unit: Json, below: list[Json]) -> Conflict:
    names = ", ".join(units.name(one) for one in below[:_SHOWN])
    return Conflict(
        Issue(
            "business-rule",
            f"{units.name(unit)} has {len(below)} units below it: {names}. Close or move them, or"
            " send below=true.",
            f"“{units.name(unit)}”下还有 {len(below)} 个单元：{names}。请先停用或调整，"
            "或传入 below=true。",
        )
    )


def _told(held: dict[str, str]) -> Json:
    parameter = [
        {
            "name": "privilege",
            "part": [
                {"name": "code", "valueCoding": {"system": staff.SYSTEM, "code": code}},
                {"name": "by", "valueCode": by},
                {"name": "zh", "valueString": staff.privileges()[code].zh},
                {"name": "en", "valueString": staff.privileges()[code].en},
            ],
        }
        for code, by in held.items()
    ]
    told: Json = {"resourceType": "Parameters"}
    return told | {"parameter": parameter} if parameter else told
