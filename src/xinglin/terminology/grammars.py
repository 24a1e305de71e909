"""Systems whose codes follow a grammar instead of a list.

https://hl7.org/fhir/R4/terminologies-systems.html: UCUM, BCP 47 (RFC 5646), BCP 13 (RFC 6838).
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from xinglin.fhir import ucum

if TYPE_CHECKING:
    from collections.abc import Callable

_LANGUAGE = re.compile(
    r"(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4}|[a-z]{5,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?"
    r"(?:-(?:[a-z\d]{5,8}|\d[a-z\d]{3}))*(?:-[a-wy-z\d](?:-[a-z\d]{2,8})+)*(?:-x(?:-[a-z\d]{1,8})+)?",
    re.IGNORECASE,
)
_NAME = r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}"
_MEDIA = re.compile(rf"{_NAME}/{_NAME}(?:\s*;\s*{_NAME}=(?:{_NAME}|\"[^\"]*\"))*")

_GRAMMARS: dict[str, Callable[[str], bool]] = {
    "http://unitsofmeasure.org": lambda code: ucum.canonical(Decimal(1), code) is not None,
    "urn:ietf:bcp:47": lambda code: _LANGUAGE.fullmatch(code) is not None,
    "urn:ietf:bcp:13": lambda code: _MEDIA.fullmatch(code) is not None,
}


def has(system: str) -> bool:
    """Whether the system is one of these."""
    return system in _GRAMMARS


def accepts(system: str, code: str) -> bool:
    """Whether the code is well formed under the system's grammar."""
    return _GRAMMARS[system](code)
