"""Dicts to structs and back: what the domain rooms hold in place of plain dicts.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/json.html. A resource inside a resource stays a dict.
"""

from __future__ import annotations

from decimal import Decimal
from importlib import import_module
from typing import Any, TypeVar

import msgspec

from xinglin.fhir import definitions
from xinglin.fhir.datatypes import Base
from xinglin.fhir.json import FhirDecimal

AnyStruct = TypeVar("AnyStruct", bound=Base)


def struct_type(name: str) -> type[Base]:
    """The struct of a resource type; ``KeyError`` when R4 has none of that name."""
    definitions.type_number(name)
    module = import_module(f"xinglin.fhir.resources.{name.lower()}")
    return getattr(module, name)


def from_dict(resource: dict[str, Any]) -> Any:
    """The struct of a valid resource. Raises ``KeyError`` or ``msgspec.ValidationError``."""
    return convert(resource, struct_type(resource["resourceType"]))


def convert(value: dict[str, Any], shape: type[AnyStruct]) -> AnyStruct:
    """A dict as a struct of this type, such as a Coding or a Patient."""
    return msgspec.convert(value, shape, dec_hook=_number)


def to_dict(struct: Base) -> dict[str, Any]:
    """The dict of a struct, decimals as they are."""
    return msgspec.to_builtins(struct, builtin_types=(Decimal, FhirDecimal))


def _number(_shape: type, value: Any) -> Any:
    """Numbers keep the form that they were read in."""
    if isinstance(value, FhirDecimal):
        return value
    if isinstance(value, Decimal) or type(value) is int:
        return FhirDecimal(str(value))
    raise TypeError("Expected a number")
