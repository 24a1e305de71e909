"""Type specifiers: what ``is``, ``as`` and ``ofType`` mean by a name.

FHIRPath N1 (2.0.0) §6.3 (types) and FHIR R4 §2.1.10.1: FHIR types come before System ones.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from xinglin.fhir.path.model import SYSTEM_TYPES, type_def
from xinglin.fhir.path.node import Node, system_name


class TypeSpec:
    """A type name with what it may refer to: a FHIR type, a System type, or neither."""

    __slots__ = ("exact", "fhir", "system")

    def __init__(self, fhir: str | None, system: str | None) -> None:
        found = type_def(fhir) if fhir is not None else None
        self.fhir = fhir
        self.system = system
        self.exact = found is not None and found.system is not None

    def covers(self, item: Any) -> bool:
        """``is``: the item is of this type or of one derived from it."""
        if item.__class__ is Node:
            return self.fhir is not None and self.fhir in item.type.ancestors
        return self.system is not None and self.system in (system_name(item), "Any")

    def narrows(self, item: Any) -> bool:
        """``as`` and ``ofType``: like ``is``, but a primitive must be of just this type."""
        if self.exact and item.__class__ is Node:
            return item.type.name == self.fhir
        return self.covers(item)


@cache
def type_spec(name: str) -> TypeSpec | None:
    """Read a type name with or without a namespace; None when no such type can exist."""
    space, _, bare = name.rpartition(".")
    if space == "System":
        return TypeSpec(None, bare)
    if space not in ("", "FHIR"):
        return TypeSpec(name, None) if type_def(name) is not None else None
    fhir = bare if type_def(bare) is not None else None
    system = bare if not space and bare in SYSTEM_TYPES else None
    return TypeSpec(fhir, system) if fhir or system else None
