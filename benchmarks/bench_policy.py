"""How often a week of the synthetic hospital would need break-glass: goal under 0.1 % of accesses.

Every act that names a member of staff, a patient and a time is one access to that patient. It is
let in where, of what was written *before* it, a relation brings the patient to the person, the
department or (laboratory, imaging, pharmacy) the campus. An operation stands on the theatre list
from the day before. Structures, periods of grace and units are
those of the policy itself (`xinglin.trust.policy`); nothing is read from a database.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from common import options, report
from xinglin.cdr.index.dates import Dates
from xinglin.simulator import World, group
from xinglin.simulator.roster import everyone
from xinglin.trust.policy.derivation import Reader
from xinglin.trust.policy.kinds import shipped
from xinglin.trust.policy.reading import Times, local
from xinglin.trust.policy.structure import TYPES as UNITS
from xinglin.trust.policy.structure import Node, Structure

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]
DAYS = 7
CAMPUS_WIDE = {"LAB", "PATH", "IMG", "PHAR"}
"""Departments whose roles work on what belongs to their campus."""
LIST = timedelta(days=1)
"""An operation is on the theatre list for so long before; the synthetic records have no list."""
OPERATION = "387713003"
ACTS = {
    "Composition": (("author",), "date"),
    "Condition": (("recorder",), "recordedDate"),
    "DiagnosticReport": (("resultsInterpreter",), "issued"),
    "Immunization": (("performer.actor",), "occurrenceDateTime"),
    "MedicationRequest": (("requester",), "authoredOn"),
    "Observation": (("performer",), "effectiveDateTime"),
    "Procedure": (("performer.actor",), "performedPeriod.start"),
    "ServiceRequest": (("requester",), "authoredOn"),
    "Specimen": (("collection.collector",), "collection.collectedDateTime"),
    "Communication": (("sender", "recipient"), "sent"),
    "Encounter": (("participant.individual",), "period.start"),
}
"""Who acts, and when, by type."""
SAYING = {"Encounter", "ServiceRequest", "MedicationRequest", "Procedure"}


def values(one: Any, path: str) -> Iterator[Any]:
    """Everything at a path of elements."""
    first, _, rest = path.partition(".")
    found = one.get(first) if isinstance(one, dict) else None
    for value in found if isinstance(found, list) else [found]:
        if value is not None:
            yield from values(value, rest) if rest else (value,)


class Hospital:
    """The units of the group by number, and what a unit stands for."""

    def __init__(self, patients: int) -> None:
        resources = list(group.resources(patients))
        self.rids = {(r["resourceType"], r["id"]): n for n, r in enumerate(resources, 1)}
        nodes = [
            Node(self.rids[r["resourceType"], r["id"]], r["resourceType"], r["id"], r)
            for r in resources
            if r["resourceType"] in UNITS | {"Practitioner"}
        ]
        roles: dict[int, list[int]] = {}
        for node in nodes:
            if node.type == "PractitionerRole" and node.body:
                person = local(node.body["practitioner"])
                roles.setdefault(self.rids[person], []).append(node.rid)
        self.structure = Structure(nodes, roles)
        self.reader = Reader(shipped(), Times(Dates(ZoneInfo("Asia/Shanghai"))))
        self.staff = {member.id: member for member in everyone()}

    def own(self, person: str) -> tuple[set[int], set[int]]:
        """The units of the position of a member of staff, and those of the campus."""
        member = self.staff[person]
        campus = ("Organization", f"xg-{member.campus}".lower())
        department = ("Organization", f"{campus[1]}-{member.department}".lower())
        mine = {self.rids[department], self.rids["Practitioner", person]}
        wide = {self.rids[campus]} if member.department in CAMPUS_WIDE else set()
        return mine, wide

    def relations(self, resource: Json, at: datetime) -> set[int]:
        """The units that a resource brings its patient to at this time."""
        found: set[int] = set()
        for one in self.reader.mentions(resource):
            if one.since is not None and one.since > at:
                continue
            for unit, level in self.structure.units(one.unit).items():
                if level == "colleague" and not one.colleagues:
                    continue
                if level == "above" and not one.above:
                    continue
                until = one.campus if level == "above" else one.until
                if until is None or until > at:
                    found.add(unit)
        return found


def listed(resource: Json) -> bool:
    """Whether it is an operation, which stood on the theatre list before it was done."""
    if resource["resourceType"] != "Procedure":
        return False
    return OPERATION in set(values(resource, "category.coding.code"))


def then(resource: Json, at: datetime, times: Times) -> Json | None:
    """The resource as it was at a time; None: it was not there yet."""
    moment = times.start(next(values(resource, ACTS[resource["resourceType"]][1]), None))
    if moment is None or moment - (LIST if listed(resource) else timedelta()) > at:
        return None
    if listed(resource):
        return {**resource, "status": "preparation"}
    if resource["resourceType"] == "Encounter":
        end = times.end(resource.get("period", {}).get("end"))
        if end is None or end > at:
            return {**resource, "status": "in-progress"}
    elif resource.get("status") == "completed" and resource["resourceType"].endswith("Request"):
        return {**resource, "status": "active"}
    return resource


def accesses(
    resources: list[Json], since: datetime, until: datetime, times: Times
) -> Iterator[tuple[str, datetime, Json]]:
    """(person, time, resource) of each act of the week."""
    for one in resources:
        # That somebody is named in a visit is no act of his.
        how = None if one["resourceType"] == "Encounter" else ACTS.get(one["resourceType"])
        at = times.start(next(values(one, how[1]), None)) if how else None
        if how is None or at is None or not since <= at < until:
            continue
        people = {local(value) for path in how[0] for value in values(one, path)}
        for person in people:
            if person is not None and person[0] == "Practitioner":
                yield person[1], at, one


def main() -> None:
    """Count, and print."""
    args = options("Accesses of a simulated week that need break-glass", patients=2000, seed=1)
    world = World(args.seed, args.patients)
    hospital = Hospital(args.patients)
    times = hospital.reader.times
    until, since = world.now, world.now - timedelta(days=DAYS)
    total: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    why: Counter[str] = Counter()
    for number in range(args.patients):
        resources = world.resources(number)
        saying = [one for one in resources if one["resourceType"] in SAYING]
        for person, at, act in accesses(resources, since, until, times):
            kind = hospital.staff[person].kind
            total[kind] += 1
            mine, wide = hospital.own(person)
            patient = local(act.get("subject") or act.get("patient"))
            units: set[int] = set()
            for one in saying:
                # What somebody writes does not bring him to the patient while he writes it;
                # the visit does, which registration has opened before.
                if (one is act and not listed(one)) or local(one.get("subject")) != patient:
                    continue
                was = then(one, at, times)
                if was is not None:
                    units |= hospital.relations(was, at)
            if not units & (mine | wide):
                refused[kind] += 1
                member = hospital.staff[person]
                why[f"{act['resourceType']} by {kind} of {member.department}"] += 1
    count, needed = sum(total.values()), sum(refused.values())
    rows = [
        {"staff": kind, "accesses": total[kind], "break_glass": refused[kind]}
        for kind in sorted(total)
    ]
    share = 100 * needed / max(count, 1)
    rows.append({"staff": "all", "accesses": count, "break_glass": needed, "percent": share})
    report("policy", rows)
    for reason, times_ in why.most_common(10):
        print(f"{times_:6}  {reason}")


if __name__ == "__main__":
    main()
