"""A small generated hospital group, and a plain reading of who may see what of it.

The plain reading looks at bodies alone and knows nothing of keys, columns or SQL.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
Name = tuple[str, str]
WARD, OTHER_WARD = 9001, 9002
_UNITS = {WARD: (1, 2, 5), OTHER_WARD: (3,)}
SEALED = (2, 4)
# Where a resource names the patients that it is about (R4, compartmentdefinition-patient).
_PLACES = {
    "Appointment": ("participant.actor",),
    "Condition": ("subject", "asserter"),
    "Encounter": ("subject",),
    "Group": ("member.entity",),
    "List": ("subject", "source"),
    "Observation": ("subject", "performer"),
    "Provenance": ("target",),
}


def ref(name: str) -> Json:
    return {"reference": name}


@dataclass
class Group:
    """Every version of every resource, in the order of writing."""

    seed: int
    writes: list[Json] = field(default_factory=list[Json])

    def __post_init__(self) -> None:
        pick = random.Random(self.seed)  # noqa: S311 - a test
        add = self.writes.append
        for c in (1, 2):
            add({"resourceType": "Organization", "id": f"c{c}", "name": f"Campus {c}"})
            add({"resourceType": "Practitioner", "id": f"d{c}", "name": [{"family": f"D{c}"}]})
        for n in range(1, 7):
            self._patient(pick, n)
        for n in range(1, 5):
            people = pick.sample(range(1, 7), pick.choice([1, 2, 2]))
            actors = [ref(f"Patient/p{one}") for one in people] + [ref("Practitioner/d1")]
            participant = [{"actor": one, "status": "accepted"} for one in actors]
            add(
                {"resourceType": "Appointment", "id": f"a{n}", "status": "booked"}
                | {"participant": participant}
            )
        for n in (1, 2):
            items = [ref(f"Observation/o{pick.randint(1, 12)}") for _ in range(3)]
            add(
                {"resourceType": "List", "id": f"l{n}", "status": "current", "mode": "working"}
                | ({"subject": ref(f"Patient/p{pick.randint(1, 6)}")} if n == 1 else {})
                | {"entry": [{"item": one} for one in items]}
            )
        members = [{"entity": ref(f"Patient/p{one}")} for one in pick.sample(range(1, 7), 2)]
        add(
            {"resourceType": "Group", "id": "g1", "type": "person", "actual": True}
            | {"member": members}
        )
        for one in pick.sample(range(1, 13), 4):
            self.writes.append(self._observation(pick, one, pick.randint(1, 6)))

    def _patient(self, pick: random.Random, n: int) -> None:
        add, campus = self.writes.append, pick.choice([1, 2])
        linked = {"link": [{"other": ref("Patient/p1"), "type": "seealso"}]} if n == 3 else {}
        add(
            {"resourceType": "Patient", "id": f"p{n}", "gender": pick.choice(["male", "female"])}
            | {"name": [{"family": pick.choice("ABC")}], "telecom": [{"value": f"tel{n}"}]}
            | {"identifier": [{"system": "urn:mrn", "value": f"{n}"}]}
            | {"generalPractitioner": [ref(f"Practitioner/d{campus}")]}
            | linked
        )
        add(
            {"resourceType": "Encounter", "id": f"e{n}", "status": "finished"}
            | {"class": {"code": "IMP"}, "subject": ref(f"Patient/p{n}")}
            | {"serviceProvider": ref(f"Organization/c{campus}")}
        )
        for o in (2 * n - 1, 2 * n):
            add(self._observation(pick, o, n))
        add(
            {"resourceType": "Condition", "id": f"k{n}", "subject": ref(f"Patient/p{n}")}
            | {"code": {"text": "x"}}
            | ({"asserter": ref(f"Patient/p{pick.randint(1, 6)}")} if pick.random() < 0.4 else {})
        )
        add(
            {"resourceType": "Provenance", "id": f"v{n}", "recorded": "2024-01-01T00:00:00Z"}
            | {"target": [ref(f"Patient/p{n}"), ref(f"Observation/o{n}")]}
            | {"agent": [{"who": ref("Practitioner/d2")}]}
        )

    @staticmethod
    def _observation(pick: random.Random, o: int, n: int) -> Json:
        performer = [ref(f"Practitioner/d{pick.choice([1, 2])}")]
        if pick.random() < 0.2:
            performer.append(ref(f"Patient/p{pick.randint(1, 6)}"))
        return {
            "resourceType": "Observation",
            "id": f"o{o}",
            "status": "final",
            "code": {"coding": [{"system": "urn:c", "code": pick.choice("xy")}]},
            "subject": ref(f"Patient/p{n}"),
            "encounter": ref(f"Encounter/e{n}"),
            "effectiveDateTime": f"2024-01-{pick.randint(10, 28)}",
            "valueQuantity": {"value": pick.randint(1, 9)},
            "performer": performer,
        }


def patients(body: Json) -> set[str]:
    """The ids of the patients whose data it is."""
    if body["resourceType"] == "Patient":
        return {body["id"]}
    found = {
        one.removeprefix("Patient/")
        for path in _PLACES.get(body["resourceType"], ())
        for one in _references(body, path.split("."))
    }
    return {one for one in found if "/" not in one}


def _references(value: Any, path: list[str]) -> list[str]:
    if isinstance(value, list):
        return [found for one in value for found in _references(one, path)]
    if not isinstance(value, dict):
        return []
    if not path:
        return [value["reference"]] if value.get("reference", "").startswith("Patient/") else []
    return _references(value.get(path[0]), path[1:])


Sees = "Callable[[Json, str | None], bool]"
"""Whether a version may be seen, by its body and the campus that answers for it."""


def of_unit(body: Json, _home: str | None) -> bool:
    """Its patient is on the ward."""
    return bool(patients(body) & {f"p{n}" for n in _UNITS[WARD]})


def of_campus(_body: Json, home: str | None) -> bool:
    """Campus 1 answers for it."""
    return home == "c1"


def of_patient(body: Json, _home: str | None) -> bool:
    """It is of patient 1."""
    return "p1" in patients(body)


def is_staff(body: Json, _home: str | None) -> bool:
    """It tells of the hospital, and of nobody in it."""
    return body["resourceType"] in {"Organization", "Practitioner"}


def has_code(body: Json, _home: str | None) -> bool:
    """It is an observation with the code x."""
    if body["resourceType"] != "Observation":
        return False
    return body["code"]["coding"][0]["code"] == "x"


def is_open(body: Json, _home: str | None) -> bool:
    """None of its patients is confidential."""
    return not patients(body) & {f"p{n}" for n in SEALED}


def any_of(*parts: Any) -> Any:
    """One of them holds."""
    return lambda body, home: any(part(body, home) for part in parts)


def all_of(*parts: Any) -> Any:
    """All of them hold."""
    return lambda body, home: all(part(body, home) for part in parts)


def relations() -> list[tuple[int, str]]:
    """(unit, patient)."""
    return [(unit, f"p{n}") for unit, numbers in _UNITS.items() for n in numbers]
