"""Codings used by the simulator: Chinese text first, English display beside it.

https://hl7.org/fhir/R4/terminologies-systems.html; local systems live under xinglin.example.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from xinglin.fhir.json import FhirDecimal

Json = dict[str, Any]

BASE: Final = "https://xinglin.example/fhir"
LOINC: Final = "http://loinc.org"
ICD10: Final = "http://hl7.org/fhir/sid/icd-10"
ICD9: Final = "http://hl7.org/fhir/sid/icd-9-cm"
ATC: Final = "http://www.whocc.no/atc"
CVX: Final = "http://hl7.org/fhir/sid/cvx"
UCUM: Final = "http://unitsofmeasure.org"
V3: Final = "http://terminology.hl7.org/CodeSystem/v3-"
V2: Final = "http://terminology.hl7.org/CodeSystem/v2-"
HL7: Final = "http://terminology.hl7.org/CodeSystem/"


def local(name: str) -> str:
    """The address of one of our own code systems."""
    return f"{BASE}/CodeSystem/{name}"


def identifier_system(name: str) -> str:
    """The address of one of our own identifier systems."""
    return f"{BASE}/sid/{name}"


def coding(system: str, code: str, display: str = "") -> Json:
    """One Coding."""
    return (
        {"system": system, "code": code, "display": display}
        if display
        else {"system": system, "code": code}
    )


@lru_cache(maxsize=8192)
def concept(system: str, code: str, en: str, zh: str = "") -> Json:
    """A CodeableConcept: English display, Chinese text. Shared, so never changed by a caller."""
    return {"coding": [coding(system, code, en)], "text": zh or en}


@lru_cache(maxsize=8192)
def pair(system: str, code: str, en: str, own: str, own_code: str, zh: str) -> Json:
    """An international code with the hospital's own code for the same thing."""
    return {
        "coding": [coding(system, code, en), coding(local(own), own_code, zh)],
        "text": zh,
    }


def number(value: float, places: int) -> FhirDecimal | int:
    """Rounded for the record; written with exactly these places."""
    return FhirDecimal(f"{value:.{places}f}") if places else int(f"{value:.0f}")


def quantity(value: float, places: int, unit: str, shown: str = "") -> Json:
    """A UCUM quantity."""
    return {
        "value": number(value, places),
        "unit": shown or unit,
        "system": UCUM,
        "code": unit,
    }


def ref(type_: str, id_: str, display: str = "") -> Json:
    """A literal reference."""
    out = {"reference": f"{type_}/{id_}"}
    if display:
        out["display"] = display
    return out


def translated(english: str) -> Json:
    """The extension that gives the English of a Chinese string."""
    return {
        "extension": [
            {
                "url": "http://hl7.org/fhir/StructureDefinition/translation",
                "extension": [
                    {"url": "lang", "valueCode": "en"},
                    {"url": "content", "valueString": english},
                ],
            }
        ]
    }


def div(*paragraphs: str) -> str:
    """Narrative XHTML of plain paragraphs."""
    body = "".join(f"<p>{_escape(text)}</p>" for text in paragraphs)
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{body}</div>'


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
