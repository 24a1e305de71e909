"""References: how one is written, and which type it points to.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/references.html.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from xinglin.fhir.definitions import is_resource_type

Kind = Literal["relative", "absolute", "local", "conditional", "urn", "invalid"]

_RELATIVE: Final = re.compile(
    r"([A-Za-z]+)/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?", re.ASCII
)
_LOCAL: Final = re.compile(r"#[A-Za-z0-9\-.]{0,64}", re.ASCII)
_CONDITIONAL: Final = re.compile(r"([A-Za-z]+)\?\S+", re.ASCII)
_URN: Final = re.compile(
    r"urn:(?:uuid:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|oid:[0-2](?:\.[0-9]+)+)",
    re.ASCII,
)
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:\S+", re.ASCII)
_RESTFUL: Final = re.compile(
    r"https?://\S*/([A-Z][A-Za-z]+)/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?",
    re.ASCII,
)


def read(text: str) -> tuple[Kind, str]:
    """The kind of a literal reference and the type it names (empty when it names none)."""
    if match := _RELATIVE.fullmatch(text):
        return ("relative", match[1]) if is_resource_type(match[1]) else ("invalid", match[1])
    if _LOCAL.fullmatch(text):
        return "local", ""
    if text.startswith(("urn:uuid:", "urn:oid:")):
        return ("urn", "") if _URN.fullmatch(text) else ("invalid", "")
    if match := _RESTFUL.fullmatch(text):
        return "absolute", match[1] if is_resource_type(match[1]) else ""
    if match := _CONDITIONAL.fullmatch(text):
        return ("conditional", match[1]) if is_resource_type(match[1]) else ("invalid", match[1])
    if _ABSOLUTE.fullmatch(text):
        return "absolute", ""
    return "invalid", ""
