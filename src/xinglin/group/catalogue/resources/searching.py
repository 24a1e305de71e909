"""The search parameter ``term``: an entry is found by whatever people type for it.

https://hl7.org/fhir/R4/searchparameter.html; docs/adr/0012-drug-dictionary.md.
"""

from __future__ import annotations

from typing import Final

from .common import BASE, TERM, Json, identifier

TYPES: Final = (
    "ActivityDefinition",
    "ChargeItemDefinition",
    "DeviceDefinition",
    "Medication",
    "MedicationKnowledge",
    "ObservationDefinition",
)


def parameter() -> Json:
    """One parameter for all catalogues: Chinese, English, pinyin, initials, ingredient, code."""
    paths = " | ".join(f"{type_}.extension('{TERM}').value" for type_ in TYPES)
    return {
        "resourceType": "SearchParameter",
        "id": identifier("sp", "term"),
        "url": f"{BASE}/SearchParameter/catalogue-term",
        "version": "2026.1",
        "name": "CatalogueTerm",
        "status": "active",
        "experimental": False,
        "description": "Names in Chinese and English, pinyin in full and by initials, ingredients, "
        "code. 中英文名称、拼音全拼与首字母、成分、编码。",
        "code": "term",
        "base": list(TYPES),
        "type": "string",
        "expression": paths,
        "xpathUsage": "normal",
    }
