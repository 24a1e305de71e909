"""Examinations of imaging, endoscopy, function tests and pathology as ActivityDefinition.

https://hl7.org/fhir/R4/activitydefinition.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xinglin.group.catalogue import sheets, starter

from .common import (
    BASE,
    DRAFT,
    UCUM,
    Json,
    concept,
    english,
    extension_url,
    identifier,
    slug,
    stamped,
    terms,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xinglin.group.catalogue.model import Examination


def resources() -> Iterator[Json]:
    """One order for each examination."""
    for one in starter.examinations().values():
        yield order(one)


def order(one: Examination) -> Json:
    """What a doctor orders: modality, body site, preparation, time to report, contrast."""
    about = sheets.sheet("examinations").about
    site, modality = (
        starter.terms("body-sites")[one.site],
        starter.terms("modalities")[one.modality],
    )
    minutes = {"value": one.minutes, "unit": "分钟", "system": UCUM, "code": "min"}
    return stamped(
        {
            "resourceType": "ActivityDefinition",
            "id": identifier("exam", one.code),
            "extension": [
                *terms(one.zh, one.en, one.code),
                {"url": extension_url("turnaround"), "valueDuration": minutes},
                {"url": extension_url("contrast"), "valueBoolean": one.contrast},
                *(_preparation(code) for code in one.preparation.split()),
            ],
            "url": f"{BASE}/ActivityDefinition/{identifier('exam', one.code)}",
            "version": about["version"],
            "name": slug(["Exam", *one.code.split("_")]),
            "title": one.zh,
            "_title": english(one.en),
            "status": "draft",
            "publisher": about["owner"],
            "description": DRAFT,
            "topic": [
                concept("order-kind", "examination", "检查"),
                concept("modality", modality.code, modality.zh),
            ],
            "kind": "ServiceRequest",
            "intent": "order",
            "code": concept("examination", one.code, one.zh),
            "bodySite": [concept("body-site", site.code, site.zh)],
        }
    )


def _preparation(code: str) -> Json:
    told = starter.terms("preparations")[code]
    return {
        "url": extension_url("preparation"),
        "valueCodeableConcept": concept("preparation", code, told.zh),
    }
