"""Laboratory items as ObservationDefinition, what is ordered as ActivityDefinition, tubes beside.

https://hl7.org/fhir/R4/observationdefinition.html, https://hl7.org/fhir/R4/activitydefinition.html
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from xinglin.group.catalogue import sheets, starter

from .common import (
    BASE,
    DRAFT,
    LOINC,
    UCUM,
    Json,
    coding,
    concept,
    decimal,
    english,
    extension_url,
    identifier,
    ref,
    slug,
    stamped,
    terms,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xinglin.group.catalogue.model import LabItem, LabPanel

V2_SPECIMEN: Final = "http://terminology.hl7.org/CodeSystem/v2-0487"
_SHOWN: Final = (
    ("10*12/", "×10¹²/"), ("10*9/", "×10⁹/"), ("10*6/", "×10⁶/"), ("[IU]", "IU"),
    ("mm[Hg]", "mmHg"), ("[HPF]", "HP"), ("[LPF]", "LP"), ("(24.h)", "24h"), ("[GPL'U]", "GPL"),
    ("[MPL'U]", "MPL"), ("[pH]", ""), ("{1.73_m2}", "1.73m²"), ("{FEU}", " FEU"),
    ("{copies}", "copies"), ("{ratio}", ""), ("{titer}", ""), ("{index}", ""), ("{MoM}", "MoM"),
)  # fmt: skip


def resources() -> Iterator[Json]:
    """Specimens with their tubes, results, then what is ordered."""
    known: set[str] = set()
    for panel in starter.lab_panels().values():
        made = specimen(panel)
        if made["id"] not in known:
            known.add(made["id"])
            yield made
    for item in starter.lab_items().values():
        yield observation(item)
    for panel in starter.lab_panels().values():
        yield order(panel)


def shown(unit: str) -> str:
    """A UCUM unit as reports print it."""
    for old, new in _SHOWN:
        unit = unit.replace(old, new)
    return unit.replace("umol", "μmol").replace("ug/", "μg/").replace("/uL", "/μL")


def _draw(panel: LabPanel) -> str:
    volume = f"{panel.volume:f}" if panel.volume is not None else ""
    return "-".join(one for one in (panel.specimen, panel.tube, volume) if one)


def specimen(panel: LabPanel) -> Json:
    """What is drawn into which tube, and how much of it."""
    type_, tube = starter.terms("specimens")[panel.specimen], starter.terms("tubes")[panel.tube]
    collected = concept("specimen", type_.code, type_.zh)
    if type_.more["v2"]:
        collected["coding"].append(coding(V2_SPECIMEN, type_.more["v2"]))
    container: Json = {
        "type": concept("tube", tube.code, tube.zh),
        "cap": {
            "extension": [{"url": extension_url("tube-colour"), "valueString": tube.more["hex"]}],
            "text": tube.more["colour"],
        },
        "description": f"{tube.zh} {tube.en}",
        "capacity": _millilitres(tube.more["ml"]),
        "additive": [{"additiveCodeableConcept": {"text": tube.more["additive"]}}],
    }
    if panel.volume is not None:
        container["minimumVolumeQuantity"] = _millilitres(f"{panel.volume:f}")
    return stamped(
        {
            "resourceType": "SpecimenDefinition",
            "id": identifier("specimen", _draw(panel)),
            "extension": [
                {"url": extension_url("order-of-draw"), "valueInteger": int(tube.more["order"])}
            ],
            "typeCollected": collected,
            "typeTested": [{"type": collected, "preference": "preferred", "container": container}],
        },
        f"{type_.zh} {tube.zh}",
    )


def _millilitres(text: str) -> Json:
    return {"value": decimal(Decimal(text)), "unit": "ml", "system": UCUM, "code": "mL"}


def item_code(item: LabItem) -> Json:
    """LOINC where it is sure, then our own code."""
    found = concept("lab-item", item.code, item.zh)
    if item.loinc:
        found["coding"].insert(0, coding(LOINC, item.loinc))
    return found


def observation(item: LabItem) -> Json:
    """One result: unit, decimals, and the limits of adults."""
    found: Json = {
        "resourceType": "ObservationDefinition",
        "id": identifier("lab-item", item.code),
        "extension": terms(item.zh, item.en, item.code),
        "category": [concept("lab-section", item.section, _sections()[item.section])],
        "code": item_code(item) | {"_text": english(item.en)},
        "permittedDataType": ["Quantity"] if item.unit else ["CodeableConcept", "string"],
        "preferredReportName": item.zh,
    }
    if item.unit:
        unit = {"coding": [coding(UCUM, item.unit)], "text": shown(item.unit) or item.unit}
        found["quantitativeDetails"] = {"unit": unit, "decimalPrecision": item.places}
    if item.low is not None or item.high is not None:
        limits = {"low": item.low, "high": item.high}
        found["qualifiedInterval"] = [
            {
                "category": "reference",
                "range": {
                    name: {
                        "value": decimal(value),
                        "unit": shown(item.unit) or item.unit,
                        "system": UCUM,
                        "code": item.unit,
                    }
                    for name, value in limits.items()
                    if value is not None
                },
                "condition": "成人（男女有别者为男性） adults (men where the sexes differ)",
            }
        ]
    return stamped(found)


def order(panel: LabPanel) -> Json:
    """What a doctor orders: specimen, results, time to report, fasting."""
    about = sheets.sheet("lab-panels").about
    minutes = {"value": panel.minutes, "unit": "分钟", "system": UCUM, "code": "min"}
    extensions = [
        *terms(panel.zh, panel.en, panel.code),
        {"url": extension_url("turnaround"), "valueDuration": minutes},
    ]
    if panel.fasting:
        fasting = concept("preparation", "fast8", starter.terms("preparations")["fast8"].zh)
        extensions.append({"url": extension_url("preparation"), "valueCodeableConcept": fasting})
    return stamped(
        {
            "resourceType": "ActivityDefinition",
            "id": identifier("lab", panel.code),
            "extension": extensions,
            "url": f"{BASE}/ActivityDefinition/{identifier('lab', panel.code)}",
            "version": about["version"],
            "name": slug(["Lab", *_words(panel.code)]),
            "title": panel.zh,
            "_title": english(panel.en),
            "status": "draft",
            "publisher": about["owner"],
            "description": DRAFT,
            "topic": [
                concept("order-kind", "laboratory", "检验"),
                concept("lab-section", panel.section, _sections()[panel.section]),
            ],
            "kind": "ServiceRequest",
            "intent": "order",
            "code": concept("lab-panel", panel.code, panel.zh),
            "specimenRequirement": [ref("SpecimenDefinition", "specimen", _draw(panel))],
            "observationResultRequirement": [
                ref("ObservationDefinition", "lab-item", code, starter.lab_items()[code].zh)
                for code in panel.items
            ],
        }
    )


def _words(code: str) -> list[str]:
    return "".join(sign if sign.isalnum() else " " for sign in code).split()


def _sections() -> dict[str, str]:
    return {code: one.zh for code, one in starter.terms("lab-sections").items()}
