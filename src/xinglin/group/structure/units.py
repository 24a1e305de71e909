"""What opening, closing, moving and merging make of an Organization or a Location: pure.

https://hl7.org/fhir/R4/organization.html#Organization.active; location.html#Location.status. A unit
keeps its id for ever, so that what was written under it still leads to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from xinglin.kernel.errors import Conflict, Invalid, Issue

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

Json = dict[str, Any]
Act = Literal["open", "close", "move", "merge"]
BASE: Final = "https://xinglin.example/fhir/"
SINCE: Final = BASE + "StructureDefinition/unit-since"
UNTIL: Final = BASE + "StructureDefinition/unit-until"
SUCCESSOR: Final = BASE + "StructureDefinition/unit-successor"
ACTS: Final = BASE + "CodeSystem/structure-act"
_NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "open": ("Opened", "启用"),
    "close": ("Closed", "停用"),
    "move": ("Moved", "调整归属"),
    "merge": ("Merged", "合并"),
}
_DEPTH: Final = 20


def is_open(unit: Json) -> bool:
    """Whether it is in use."""
    if unit["resourceType"] == "Organization":
        return unit.get("active") is not False
    return unit.get("status", "active") == "active"


def name(unit: Json) -> str:
    """For messages."""
    return unit.get("name") or unit["id"]


def reference(unit: Json) -> str:
    """Type and id."""
    return f"{unit['resourceType']}/{unit['id']}"


def closed(unit: Json, day: date, successor: str | None) -> Json:
    """Not in use from a day."""
    made = _state(unit, in_use=False)
    made = _dated(made, UNTIL, day)
    if successor:
        kept = [one for one in made.get("extension", []) if one["url"] != SUCCESSOR]
        made["extension"] = [
            *kept,
            {"url": SUCCESSOR, "valueReference": {"reference": successor}},
        ]
    return made


def opened(unit: Json, day: date) -> Json:
    """In use from a day, again or for the first time."""
    made = _state(unit, in_use=True)
    gone = {UNTIL, SUCCESSOR}
    made["extension"] = [one for one in made.get("extension", []) if one["url"] not in gone]
    return _dated(made, SINCE, day)


def _state(unit: Json, *, in_use: bool) -> Json:
    if unit["resourceType"] == "Organization":
        return unit | {"active": in_use}
    return unit | {"status": "active" if in_use else "inactive"}


def _dated(unit: Json, url: str, day: date) -> Json:
    kept = [one for one in unit.get("extension", []) if one["url"] != url]
    return unit | {"extension": [*kept, {"url": url, "valueDate": day.isoformat()}]}


def moved(unit: Json, parent: Json) -> Json:
    """Below another unit: a department below a campus, a bed below a ward."""
    if unit["resourceType"] == "Location" and parent["resourceType"] == "Organization":
        return unit | {"managingOrganization": {"reference": reference(parent)}}
    if unit["resourceType"] != parent["resourceType"]:
        raise Invalid(
            Issue(
                "value",
                "parent: an organisation belongs to an organisation, a place to a place or to the"
                " organisation that runs it",
                "parent：机构只能归属机构；地点可归属地点或其管理机构",
                ("parent",),
            )
        )
    return unit | {"partOf": {"reference": reference(parent)}}


def check_no_circle(unit: Json, above: list[Json]) -> None:
    """Raises Conflict where the unit would come to be below itself; ``above``: parent upwards."""
    if len(above) > _DEPTH or any(reference(one) == reference(unit) for one in above):
        raise Conflict(
            Issue(
                "conflict",
                f"{name(unit)} would come to be below itself; choose another parent.",
                f"“{name(unit)}”不能归属于自身的下级；请另选上级。",
                ("parent",),
            )
        )


def provenance(  # noqa: PLR0917  who did what, why and when
    act: Act, units: list[Json], who: str, why: str, day: date, at: str
) -> Json:
    """Who did it, why, and from which day; the versions are those about to be written."""
    en, zh = _NAMES[act]
    return {
        "resourceType": "Provenance",
        "target": [
            {"reference": f"{reference(one)}/_history/{int(one['meta']['versionId']) + 1}"}
            for one in units
        ],
        "occurredDateTime": day.isoformat(),
        "recorded": at,
        "activity": {"coding": [{"system": ACTS, "code": act, "display": en}], "text": zh},
        "reason": [{"text": why}],
        "agent": [{"who": {"display": who}}],
    }
