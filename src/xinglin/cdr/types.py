"""Numbers of resource types: stable, alphabetical, from 1.

https://hl7.org/fhir/R4/resourcelist.html
"""

from __future__ import annotations

from xinglin.fhir import definitions

_NAMES = ("", *definitions.resource_types())
_NUMBERS = {name: number for number, name in enumerate(_NAMES) if number}


def number(name: str) -> int:
    """The number of a resource type; KeyError where there is no such type."""
    return _NUMBERS[name]


def name(number: int) -> str:
    """The name of the type with this number."""
    return _NAMES[number]


def known(name: str) -> bool:
    """Whether R4 has such a resource type."""
    return name in _NUMBERS
