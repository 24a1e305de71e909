"""The hospital group as resources: institutions, campuses, departments, wards, beds, staff.

https://hl7.org/fhir/R4/organization.html, location.html, practitionerrole.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from . import codesystems, people, roster
from .beds import STREAMS, bank_of
from .codes import BASE, HL7, Json, concept, div, local, ref
from .courses.deck import stream_patients
from .tables import table
from .times import WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .roster import Hours, Member

_ORG: Final = HL7 + "organization-type"
_PLACE: Final = HL7 + "location-physical-type"
_ROOM_SIZE: Final = 2
_OPEN_PLAN: Final = frozenset({"ICU", "NICU", "CCU", "COT", "DAY"})
_ROLE: Final = {
    "doctor": ("doctor", "Doctor", "医师"),
    "nurse": ("nurse", "Nurse", "护士"),
    "pharmacist": ("pharmacist", "Pharmacist", "药师"),
    "technologist": ("technologist", "Laboratory technologist", "检验技师"),
    "radiologist": ("radiologist", "Radiologist", "影像医师"),
}


def marker(seed: int, patients: int, anchor: str) -> Json:
    """Says, for whoever finds these data, that they are invented."""
    zh = (
        "本系统中的演示数据（机构、人员、患者及其记录）均由程序虚构生成，与任何真实机构或个人无关。"
    )
    en = (
        "The demonstration data in this system (institutions, staff, patients and their records) "
        "are invented by a program and concern no real institution or person."
    )
    return {
        "resourceType": "Basic",
        "id": "xg-demonstration-data",
        "text": {"status": "generated", "div": div(zh, en)},
        "extension": [
            {"url": f"{BASE}/StructureDefinition/simulator-seed", "valueInteger": seed},
            {"url": f"{BASE}/StructureDefinition/simulator-patients", "valueInteger": patients},
            {"url": f"{BASE}/StructureDefinition/simulator-anchor", "valueDate": anchor},
        ],
        "code": concept(local("marker"), "demonstration-data", "Invented demonstration data", zh),
        "author": ref("Organization", "xg"),
    }


def resources(patients: int) -> Iterator[Json]:
    """Every resource of the group, parents before children; wards grow with the patients."""
    yield from _organizations()
    yield from codesystems.resources()
    yield from _places(patients)
    for member in roster.everyone():
        yield _practitioner(member)
        yield _role(member)


def _organization(id_: str, zh: str, en: str, kind: str, parent: str = "") -> Json:
    en_kind = {"prov": "Healthcare Provider", "dept": "Hospital Department"}[kind]
    out: Json = {
        "resourceType": "Organization",
        "id": id_,
        "identifier": [{"system": f"{BASE}/sid/organization", "value": id_.upper()}],
        "active": True,
        "type": [concept(_ORG, kind, en_kind, "医疗机构" if kind == "prov" else "科室")],
        "name": zh,
        "alias": [en],
    }
    if parent:
        out["partOf"] = ref("Organization", parent)
    return out


def _organizations() -> Iterator[Json]:
    data = table("group")
    yield _organization("xg", data["group"]["zh"], data["group"]["en"], "prov")
    for id_, (zh, en) in data["institutions"].items():
        yield _organization(id_, zh, en, "prov", "xg")
    for key, (parent, zh, en, road, district) in data["campuses"].items():
        whole_zh, whole_en = data["institutions"][parent]
        campus = _organization(
            f"xg-{key.lower()}", f"{whole_zh}{zh}", f"{whole_en}, {en}", "prov", parent
        )
        campus["address"] = [_address(road, district)]
        yield campus
    for key, (zh, en, _, campuses) in data["departments"].items():
        for campus in campuses:
            name = f"{data['campuses'][campus][1]}{zh}"
            english = f"{en}, {data['campuses'][campus][2]}"
            parent = f"xg-{campus.lower()}"
            yield _organization(f"{parent}-{key.lower()}", name, english, "dept", parent)


def _address(road: str, district: str) -> Json:
    city = table("group")["places"]["city"]
    return {
        "use": "work",
        "text": f"{city}{district}{road}",
        "line": [road],
        "city": city,
        "district": district,
        "country": "CN",
    }


def _location(
    id_: str, zh: str, en: str, kind: tuple[str, str, str], owner: str, parent: str
) -> Json:
    out: Json = {
        "resourceType": "Location",
        "id": id_,
        "status": "active",
        "name": zh,
        "alias": [en],
        "mode": "instance",
        "physicalType": concept(_PLACE, *kind),
        "managingOrganization": ref("Organization", owner),
    }
    if parent:
        out["partOf"] = ref("Location", parent)
    return out


def _places(patients: int) -> Iterator[Json]:
    data = table("group")
    for key, (_, zh, en, road, district) in data["campuses"].items():
        campus = f"xg-{key.lower()}"
        site = _location(f"xg-l-{key.lower()}", zh, en, ("si", "Site", "院区"), campus, "")
        site["address"] = _address(road, district)
        yield site
        for code, (name, english, _, campuses) in data["departments"].items():
            if key in campuses:
                yield _location(
                    f"xg-l-{key}-{code}".lower(),
                    f"{name}门诊" if code not in {"ED", "LAB", "IMG", "PATH", "PHAR"} else name,
                    english,
                    ("area", "Area", "区域"),
                    f"{campus}-{code.lower()}",
                    f"xg-l-{key.lower()}",
                )
    further = _further_beds(patients)
    for key, row in data["wards"].items():
        yield from _ward(key, row, 0, frozenset(range(row[4])))
        for bank, beds in sorted(further.get(key, {}).items()):
            yield from _ward(key, row, bank, frozenset(beds))


def _further_beds(patients: int) -> dict[str, dict[int, set[int]]]:
    """The beds that so many patients need beyond the wards as they stand: ward, unit, beds."""
    further: dict[str, dict[int, set[int]]] = {}
    for key, stream in STREAMS.items():
        last = bank_of(stream, max(stream_patients(key, patients) - 1, 0))
        for ward, first in zip(stream.wards, stream.first, strict=True):
            for bank in range(1, last + 1):
                beds = further.setdefault(ward, {}).setdefault(bank, set())
                beds.update(range(first, first + stream.beds))
    return further


def _ward(key: str, row: list[Any], bank: int, wanted: frozenset[int]) -> Iterator[Json]:
    department, campus, zh, en, beds = row
    owner = f"xg-{campus}-{department}".lower()
    unit = f"{key}{bank + 1}" if bank else key
    ward = f"xg-w-{unit}".lower()
    if bank:
        zh, en = f"{zh}（{bank + 1}单元）", f"{en} (unit {bank + 1})"
    yield _location(ward, zh, en, ("wa", "Ward", "病区"), owner, f"xg-l-{campus.lower()}")
    size = beds if key in _OPEN_PLAN else _ROOM_SIZE
    for first in range(0, beds, size):
        here = [bed for bed in range(first, min(first + size, beds)) if bed in wanted]
        if not here:
            continue
        number = first // size + 1
        room = f"{ward}-r{number:02d}"
        name = f"{zh}{number}室"
        yield _location(room, name, f"{en}, room {number}", ("ro", "Room", "病室"), owner, ward)
        for bed in here:
            yield _location(
                f"{ward}-b{bed + 1:02d}",
                f"{zh}{bed + 1}床",
                f"{en}, bed {bed + 1}",
                ("bd", "Bed", "床位"),
                owner,
                room,
            )


def _practitioner(member: Member) -> Json:
    zh, en = member.title
    return {
        "resourceType": "Practitioner",
        "id": member.id,
        "identifier": [{"system": f"{BASE}/sid/staff", "value": member.id.upper()}],
        "active": True,
        "name": people.human_name(member.name),
        "gender": member.sex,
        "birthDate": member.born.isoformat(),
        "qualification": [{"code": concept(local("title"), en.replace(" ", "-").lower(), en, zh)}],
    }


def _role(member: Member) -> Json:
    zh, en, code = table("group")["departments"][member.department][:3]
    kind = _ROLE[member.kind]
    campus, department = member.campus.lower(), member.department.lower()
    return {
        "resourceType": "PractitionerRole",
        "id": member.id,
        "active": True,
        "practitioner": ref("Practitioner", member.id, member.name.text),
        "organization": ref("Organization", f"xg-{campus}-{department}"),
        "code": [concept(local("staff-role"), *kind)],
        "specialty": [concept(local("specialty"), code, en, zh)],
        "location": [ref("Location", f"xg-l-{campus}-{department}")],
        "availableTime": _available(member.hours()),
    }


def _available(hours: list[Hours]) -> list[Json]:
    days: dict[tuple[str, str], list[str]] = {}
    for day, start, end in hours:
        days.setdefault((start, end), []).append(WEEKDAYS[day])
    return [
        {"daysOfWeek": names, "availableStartTime": start, "availableEndTime": end}
        for (start, end), names in days.items()
    ]
