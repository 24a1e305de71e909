"""What terminology is made of: systems, concepts, codings and the answers about them.

https://hl7.org/fhir/R4/codesystem.html; https://hl7.org/fhir/R4/valueset.html
"""

from __future__ import annotations

import msgspec


class CodeSystem(msgspec.Struct, frozen=True):
    """One version of a code system as loaded; ``cs`` is its number in this database."""

    cs: int
    url: str
    version: str
    name: str
    title: str
    content: str
    sensitive: bool
    source: str


class Concept(msgspec.Struct, frozen=True):
    """One code of a system. ``parents`` are codes of the same system."""

    code: str
    display: str = ""
    definition: str = ""
    parents: tuple[str, ...] = ()
    abstract: bool = False
    inactive: bool = False
    designations: tuple[tuple[str, str, str], ...] = ()  # language, use, value
    properties: tuple[tuple[str, str, str], ...] = ()  # name, kind (valueCode …), value


class Member(msgspec.Struct, frozen=True):
    """One entry of an expansion."""

    system: str
    version: str
    code: str
    display: str
    abstract: bool = False
    inactive: bool = False


class Expansion(msgspec.Struct, frozen=True):
    """A page of an expansion; ``total`` counts all of it."""

    url: str
    version: str
    total: int
    offset: int
    members: tuple[Member, ...]
    used: tuple[str, ...] = ()  # canonicals of the systems it was made from


class Validity(msgspec.Struct, frozen=True):
    """Answer of $validate-code; ``display`` is the preferred one where the code is known."""

    result: bool
    message_en: str = ""
    message_zh: str = ""
    display: str = ""


class Match(msgspec.Struct, frozen=True):
    """One translation of a code."""

    equivalence: str
    system: str
    code: str
    display: str
    source: str
    comment: str = ""
