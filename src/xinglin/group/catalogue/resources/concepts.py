"""Lists as CodeSystem and ValueSet: frequencies, routes, forms, units, specimens, tubes and others.

https://hl7.org/fhir/R4/codesystem.html, https://hl7.org/fhir/R4/valueset.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xinglin.group.catalogue import sheets, starter
from xinglin.group.catalogue.drugs import FLAGS
from xinglin.group.catalogue.timing import timing

from . import medicines
from .common import BASE, DRAFT, Json, both, extension_url, identifier, local, slug, stamped, terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from xinglin.group.catalogue.model import Frequency, Term

LISTS: Final = (
    "routes", "forms", "units", "specimens", "tubes", "modalities", "body-sites",
    "preparations", "fee-categories", "lab-sections",
)  # fmt: skip
"""Sheets that are plain lists."""

SYSTEMS: Final = {
    "frequencies": "frequency",
    "routes": "route",
    "forms": "dose-form",
    "units": "pack-unit",
    "specimens": "specimen",
    "tubes": "tube",
    "modalities": "modality",
    "body-sites": "body-site",
    "fee-categories": "fee-category",
    "preparations": "preparation",
    "lab-sections": "lab-section",
}
"""Sheet -> the last part of the address of its code system."""

_STRINGS: Final = {"slow": "boolean", "times": "integer"}


def resources() -> Iterator[Json]:
    """A CodeSystem and a ValueSet for each list."""
    yield from _frequencies()
    for name in LISTS:
        sheet = sheets.sheet(name)
        yield from _pair(name, sheet, [_term(one) for one in starter.terms(name).values()])
    yield from _flags()
    yield from _entries()


def _pair(name: str, sheet: sheets.Sheet, concepts: list[Json]) -> Iterator[Json]:
    system = SYSTEMS[name]
    yield code_system(system, sheet.about, concepts)
    yield value_set(system, sheet.about)


def code_system(system: str, about: dict[str, str], concepts: Iterable[Json]) -> Json:
    """One of our own systems; ``about`` is what its sheet says of itself."""
    known = list(concepts)
    return stamped(
        {
            "resourceType": "CodeSystem",
            "id": identifier("cs", system),
            "url": local(system),
            "version": about["version"],
            "name": slug(system.split("-")),
            "title": about["title"],
            "status": "draft" if about["status"].startswith("draft") else "active",
            "experimental": False,
            "publisher": about["owner"],
            "description": f"{about['source']}. {about['status']}.",
            "caseSensitive": True,
            "valueSet": f"{BASE}/ValueSet/{system}",
            "content": "complete",
            "count": len(known),
            **declared(known),
            "concept": known,
        }
    )


def value_set(system: str, about: dict[str, str]) -> Json:
    """All codes of one of our own systems."""
    return stamped(
        {
            "resourceType": "ValueSet",
            "id": identifier("vs", system),
            "url": f"{BASE}/ValueSet/{system}",
            "version": about["version"],
            "name": slug([*system.split("-"), "values"]),
            "title": about["title"],
            "status": "draft" if about["status"].startswith("draft") else "active",
            "experimental": False,
            "publisher": about["owner"],
            "description": DRAFT,
            "compose": {"include": [{"system": local(system)}]},
        }
    )


def declared(concepts: list[Json]) -> Json:
    """The declarations of the properties that the concepts have."""
    found: dict[str, str] = {}
    for one in concepts:
        for each in one.get("property", ()):
            kind = next(key for key in each if key.startswith("value"))
            found[each["code"]] = {"valueInteger": "integer", "valueBoolean": "boolean"}.get(
                kind, "string"
            )
    listed = [{"code": code, "type": type_} for code, type_ in found.items()]
    return {"property": listed} if listed else {}


def named(code: str, zh: str, en: str, properties_: Iterable[Json] = ()) -> Json:
    """A concept with its English and the ways in which it is typed."""
    own = list(properties_)
    found: Json = {"extension": terms(code, zh, en), "code": code, "display": zh}
    found["designation"] = [{"language": "en", "value": en}]
    return found | {"property": own} if own else found


def _term(one: Term) -> Json:
    return named(one.code, one.zh, one.en, _properties(one.more))


def _properties(more: dict[str, str]) -> list[Json]:
    return [{"code": key, **_value(key, text)} for key, text in more.items() if text]


def _value(key: str, text: str) -> dict[str, Any]:
    if _STRINGS.get(key) == "boolean":
        return {"valueBoolean": text == "y"}
    return {"valueString": text}


def _frequencies() -> Iterator[Json]:
    sheet = sheets.sheet("frequencies")
    yield from _pair(
        "frequencies", sheet, [_frequency(one) for one in starter.frequencies().values()]
    )


def _frequency(one: Frequency) -> Json:
    said: list[Json] = [{"code": "kind", "valueString": one.kind}]
    if one.times:
        said.append({"code": "times-per-day", "valueInteger": one.times})
    if one.clock:
        clock = " ".join(at.strftime("%H:%M") for at in one.clock)
        said.append({"code": "clock-times", "valueString": clock})
    said.append({"code": "first-day", "valueString": one.first})
    made = named(one.code, one.zh, one.en, said)
    when = {
        "url": extension_url("frequency-timing"),
        "valueTiming": timing(one, local("frequency")),
    }
    made["extension"] = [when, *made["extension"]]
    return made


def _flags() -> Iterator[Json]:
    about = sheets.sheet("forms").about | {"title": both("药品标识", "Drug flags")}
    concepts = [named(code, zh, en) for code, (zh, en) in FLAGS.items()]
    yield code_system("drug-flag", about, concepts)
    yield value_set("drug-flag", about)
    about |= {"title": both("药品分类", "Drug groups")}
    titles = {code: title.partition(" ") for code, title in medicines.group_titles().items()}
    concepts = [named(code, zh, en) for code, (zh, _, en) in titles.items()]
    yield code_system("drug-group", about, concepts)
    yield value_set("drug-group", about)


def _entries() -> Iterator[Json]:
    """The codes of orders and results, for whoever looks one up."""
    for system, name, entries in (
        ("lab-item", "lab-items", starter.lab_items().values()),
        ("lab-panel", "lab-panels", starter.lab_panels().values()),
        ("examination", "examinations", starter.examinations().values()),
    ):
        about = sheets.sheet(name).about
        concepts = [named(one.code, one.zh, one.en) for one in entries]
        yield code_system(system, about, concepts)
        yield value_set(system, about)
