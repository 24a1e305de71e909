"""What the resources of all catalogues share: addresses, names in two languages, marks.

https://hl7.org/fhir/R4/resource.html#Meta; the addresses are those of the whole platform.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

from xinglin.fhir.json import FhirDecimal
from xinglin.group.catalogue.spelling import spellings

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from xinglin.group.catalogue.strength import Amount

Json = dict[str, Any]

BASE: Final = "https://xinglin.example/fhir"
UCUM: Final = "http://unitsofmeasure.org"
LOINC: Final = "http://loinc.org"
ATC: Final = "http://www.whocc.no/atc"
HL7: Final = "http://terminology.hl7.org/CodeSystem/"
_DIV: Final = '<div xmlns="http://www.w3.org/1999/xhtml"><p>{}</p></div>'
DRAFT: Final = "draft: not clinically approved"


def local(name: str) -> str:
    """The address of one of our own code systems."""
    return f"{BASE}/CodeSystem/{name}"


def extension_url(name: str) -> str:
    """The address of one of our own extensions."""
    return f"{BASE}/StructureDefinition/{name}"


TERM: Final = extension_url("catalogue-term")
"""One way of typing an entry; the search parameter ``term`` looks at these."""

DRAFT_TAG: Final = {
    "system": local("catalogue-status"),
    "code": "draft",
    "display": "草案，未经临床批准 draft, not clinically approved",
}


def identifier(catalogue: str, code: str) -> str:
    """The id of an entry: stable, and legal whatever the code has in it."""
    safe = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in code)
    if safe == code:
        return f"xc-{catalogue}-{safe}"
    mark = "".join(f"{ord(sign):x}" for sign in code if not sign.isalnum() or not sign.isascii())
    return f"xc-{catalogue}-{safe}-{mark}"[:64]


def ref(type_: str, catalogue: str, code: str, display: str = "") -> Json:
    """A reference to another entry."""
    found = {"reference": f"{type_}/{identifier(catalogue, code)}"}
    return found | {"display": display} if display else found


def coding(system: str, code: str, display: str = "") -> Json:
    """One Coding."""
    found = {"system": system, "code": code}
    return found | {"display": display} if display else found


def concept(system: str, code: str, display: str, text: str = "") -> Json:
    """One of our own codes."""
    return {"coding": [coding(local(system), code, display)], "text": text or display}


def english(text: str) -> Json:
    """The extension that gives the English of a Chinese string."""
    return {
        "extension": [
            {
                "url": "http://hl7.org/fhir/StructureDefinition/translation",
                "extension": [
                    {"url": "lang", "valueCode": "en"},
                    {"url": "content", "valueString": text},
                ],
            }
        ]
    }


def terms(*texts: str) -> list[Json]:
    """Extensions with all the ways in which an entry is typed, each once, in a fixed order."""
    found: dict[str, None] = {}
    for text in texts:
        if text:
            found[text] = None
            found.update(dict.fromkeys(spellings(text)))
    return [{"url": TERM, "valueString": one} for one in found]


def decimal(value: Decimal) -> FhirDecimal | int:
    """A number as it is written, without an exponent."""
    text = f"{value:f}"
    return FhirDecimal(text) if "." in text else int(text)


def quantity(amount: Amount) -> Json:
    """A UCUM quantity that shows what the label says."""
    shown = amount.shown.lstrip("0123456789.") if amount.unit != "[iU]" else "单位"
    return {
        "value": decimal(amount.value),
        "unit": shown,
        "system": UCUM,
        "code": amount.unit,
    }


def counted(value: Decimal | int, unit: str, name: str) -> Json:
    """A number of tablets, bags and so on: a UCUM annotation that shows the Chinese unit."""
    number = value if isinstance(value, int) else decimal(value)
    return {"value": number, "unit": unit, "system": UCUM, "code": "{" + name + "}"}


def stamped(resource: Json, told: str = "") -> Json:
    """With the language, the mark of a draft, and a line for people: ``told``, or its title."""
    line = told or resource.get("title") or resource["code"]["text"]
    meta = {"tag": [DRAFT_TAG], **resource.get("meta", {})}
    text = {
        "status": "generated",
        "div": _DIV.format(escape(line, quote=False)),
    }
    return {**resource, "meta": meta, "language": "zh-CN", "text": text}


def both(zh: str, en: str) -> str:
    """Two languages in one title."""
    return f"{zh} {en}".strip()


def slug(words: Iterable[str]) -> str:
    """A computable name, such as ``XinglinLabItem``."""
    return "Xinglin" + "".join(word[:1].upper() + word[1:] for word in words)
