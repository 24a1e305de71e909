"""Answers of the index's operations: Bundles of candidates, Parameters, texts in two languages.

https://hl7.org/fhir/R4/patient-operation-match.html; StructureDefinition match-grade.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xinglin.fhir import json
from xinglin.fhir.json import FhirDecimal
from xinglin.fhir.outcome import operation_outcome
from xinglin.kernel.errors import Issue, Malformed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from xinglin.cdr.operations.registry import Call

    from .matching import Found
    from .weights import Score

GRADE: Final = "http://hl7.org/fhir/StructureDefinition/match-grade"
Json = dict[str, Any]
HIDDEN: Final = Issue(
    "suppressed",
    "There is an existing record that fits well and that you may not see. Ask registration or the "
    "record room before you make a new one.",
    "已存在一条高度相符但您无权查看的患者记录。新建之前请先询问登记处或病案室。",
    severity="warning",
)


def decimal(value: float, places: int = 4) -> FhirDecimal:
    """A number as FHIR writes it."""
    return FhirDecimal(f"{value:.{places}f}")


def bundle(found: Sequence[Found], base: str, lang: Literal["en", "zh"]) -> Json:
    """A searchset with score and grade; of those not to be seen, one note without data."""
    entries: list[Json] = [_entry(one, base) for one in found if one.body is not None]
    total = len(entries)
    if total < len(found):
        outcome = operation_outcome((HIDDEN,), lang)
        entries.append({"resource": outcome, "search": {"mode": "outcome"}})
    out: Json = {"resourceType": "Bundle", "type": "searchset", "total": total}
    if entries:
        out["entry"] = entries
    return out


def _entry(one: Found, base: str) -> Json:
    return {
        "fullUrl": f"{base}/Patient/{one.id}",
        "resource": json.decode(one.body or b"{}"),
        "search": {
            "extension": [{"url": GRADE, "valueCode": one.score.grade}],
            "mode": "match",
            "score": decimal(one.score.probability),
        },
    }


def parameters(*parts: Json) -> Json:
    """A Parameters resource."""
    return {"resourceType": "Parameters", "parameter": list(parts)}


def score_parts(score: Score, fields: Sequence[str]) -> list[Json]:
    """What spoke for and against: one part per field, with its level and its weight in bits."""
    return [
        {
            "name": "field",
            "part": [
                {"name": "name", "valueCode": name},
                {"name": "level", "valueInteger": level},
                {"name": "weight", "valueDecimal": decimal(weight, 2)},
            ],
        }
        for name, level, weight in zip(fields, score.levels, score.parts, strict=False)
    ]


def patient(call: Call, name: str) -> Json:
    """The Patient given: as the body, or as a parameter."""
    given = call.resource or call.parameters.element(name) or call.parameters.element("resource")
    if not given or given.get("resourceType") != "Patient":
        raise Malformed(
            Issue(
                "required",
                f"Send a Patient: as parameter {name} of a Parameters resource, or as the body.",
                f"请提供患者（Patient）：作为 Parameters 的参数 {name}，或直接作为请求体。",
            )
        )
    return given
