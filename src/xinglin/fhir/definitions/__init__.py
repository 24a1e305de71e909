"""The R4 definitions as compact tables: types, elements, bindings, constraints, value sets.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/structuredefinition.html. Compiled from the official
StructureDefinitions by ``tools/compile_definitions.py``.
"""

from __future__ import annotations

import gzip
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

ABSTRACT: Final = frozenset(("Element", "BackboneElement", "Resource", "DomainResource"))


class Constraint(msgspec.Struct, frozen=True, array_like=True):
    """An invariant: a FHIRPath expression that must be true of the element."""

    key: str
    severity: str
    human: str
    expression: str
    best_practice: bool = False


class Element(msgspec.Struct, frozen=True, array_like=True):
    """One element of a type.

    ``name`` is the element name without ``[x]``; ``types`` are type codes (a backbone element has
    a type of its own, named by its path, such as ``Patient.contact``); ``max`` 0 means unbounded;
    ``targets`` are the types a Reference (or canonical) may point to, empty for any.
    """

    name: str
    types: tuple[str, ...]
    min: int
    max: int
    choice: bool = False
    summary: bool = False
    modifier: bool = False
    binding: str = ""
    value_set: str = ""
    targets: tuple[str, ...] = ()
    constraints: tuple[Constraint, ...] = ()

    @property
    def repeats(self) -> bool:
        """Whether JSON writes it as an array."""
        return self.max != 1

    def properties(self) -> tuple[tuple[str, str], ...]:
        """JSON property names, each with the type code of its value."""
        if not self.choice:
            return ((self.name, self.types[0]),)
        return tuple((self.name + code[0].upper() + code[1:], code) for code in self.types)


class Type(msgspec.Struct, frozen=True, array_like=True):
    """A resource, complex, backbone or primitive type with all its elements, inherited ones too."""

    name: str
    kind: str
    base: str
    elements: tuple[Element, ...]
    constraints: tuple[Constraint, ...] = ()

    @property
    def abstract(self) -> bool:
        """Whether nothing can be just this type."""
        return self.name in ABSTRACT


def _read(name: str, shape: type[Any] | Any) -> Any:
    packed = files(__name__).joinpath(name).read_bytes()
    return msgspec.json.decode(gzip.decompress(packed), type=shape)


@cache
def types() -> Mapping[str, Type]:
    """All types by name, backbone elements by their path (``Patient.contact``)."""
    return {found.name: found for found in _read("types.json.gz", tuple[Type, ...])}


def definition(name: str) -> Type:
    """The type called so; ``KeyError`` when R4 has none."""
    return types()[name]


@cache
def resource_types() -> tuple[str, ...]:
    """The concrete resource types in alphabetical order; their numbers are stored in databases."""
    found = (t.name for t in types().values() if t.kind == "resource" and not t.abstract)
    return tuple(sorted(found))


@cache
def _numbers() -> dict[str, int]:
    return {name: number for number, name in enumerate(resource_types(), 1)}


def type_number(name: str) -> int:
    """The number of a resource type (1 for Account); ``KeyError`` when it is none."""
    return _numbers()[name]


def is_resource_type(name: str) -> bool:
    """Whether this is a concrete resource type of R4."""
    return name in _numbers()


@cache
def primitive_types() -> frozenset[str]:
    """The names of the primitive types, ``xhtml`` included."""
    return frozenset(t.name for t in types().values() if t.kind == "primitive")


def elements(name: str) -> tuple[Element, ...]:
    """The elements of a type in the order of the specification."""
    return types()[name].elements


@cache
def json_keys(name: str) -> Mapping[str, tuple[Element, str]]:
    """JSON property -> (element, type of the value): ``valueQuantity`` -> (value, Quantity)."""
    return {key: (found, code) for found in elements(name) for key, code in found.properties()}


@cache
def _by_name(name: str) -> dict[str, Element]:
    return {found.name: found for found in elements(name)}


def element(type_name: str, name: str) -> Element | None:
    """One element by its name (``value``) or JSON property (``valueQuantity``), or ``None``."""
    found = _by_name(type_name).get(name)
    if found is None and (keyed := json_keys(type_name).get(name)):
        return keyed[0]
    return found


def has_twin(type_name: str, element: Element, code: str) -> bool:
    """Whether a property has a ``_`` twin for id and extensions, as primitives have.

    Not so what XML writes as an attribute: ``id`` and the ``url`` of an extension; nor ``div``.
    """
    if code not in primitive_types() or code == "xhtml" or element.name == "id":
        return False
    return not (type_name == "Extension" and element.name == "url")


@cache
def value_sets() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Value sets that R4 requires: canonical address -> system -> codes.

    Sets that no list can hold (MIME types, currencies, units) have no entry.
    """
    return _read("valuesets.json.gz", dict[str, dict[str, tuple[str, ...]]])


@cache
def codes(value_set: str) -> frozenset[str] | None:
    """The codes of a required value set, whatever their system; ``None`` when it has no list."""
    found = value_sets().get(value_set)
    return None if found is None else frozenset(code for part in found.values() for code in part)
