"""What FHIRPath knows of FHIR types: their elements, their ancestors, and how JSON holds them.

FHIR R4 §2.1.10 FHIRPath, http://hl7.org/fhir/R4/fhirpath.html#types, and §2.6.2 (JSON).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from xinglin.fhir import definitions
from xinglin.fhir.path.node import Node

if TYPE_CHECKING:
    from collections.abc import Callable

    Collect = Callable[[Node, list[Any]], None]
    Present = Callable[[dict[str, Any]], bool]

_SYSTEM = {
    "boolean": "Boolean", "integer": "Integer", "positiveInt": "Integer", "unsignedInt": "Integer",
    "decimal": "Decimal", "date": "Date", "dateTime": "DateTime", "instant": "DateTime",
    "time": "Time",
}  # fmt: skip
SYSTEM_TYPES = frozenset(
    {"Boolean", "String", "Integer", "Decimal", "Date", "DateTime", "Time", "Quantity", "Any"}
)


class Element:
    """An element of a type: its possible types, and the function that collects its nodes.

    ``present`` says whether a JSON object has the element, without making nodes of it.
    """

    __slots__ = ("collect", "keys", "many", "name", "present", "types")

    def __init__(
        self, name: str, types: tuple[TypeDef, ...], collect: Collect, keys: tuple[str, ...],
        *, many: bool,
    ) -> None:  # fmt: skip
        self.name = name
        self.many = many
        self.types = types
        self.keys = keys
        self.collect = collect
        self.present = _present(keys[0]) if len(keys) == 1 else _any_present(keys)


def _present(key: str) -> Present:
    shadow_key = f"_{key}"

    def present(value: dict[str, Any]) -> bool:
        found = value.get(key)
        if found is not None and found != []:
            return True
        shadow = value.get(shadow_key)
        return shadow is not None and shadow != []

    return present


def _any_present(keys: tuple[str, ...]) -> Present:
    each = [_present(key) for key in keys]
    names = frozenset({*keys, *(f"_{key}" for key in keys)})

    def present(value: dict[str, Any]) -> bool:
        return not names.isdisjoint(value) and any(one(value) for one in each)

    return present


class TypeDef:
    """A FHIR type. ``name`` is the element path for types defined in place (Patient.contact)."""

    __slots__ = ("_elements", "_keys", "_row", "ancestors", "code", "name", "system")

    def __init__(self, row: definitions.Type) -> None:
        self.name = row.name
        self._row = row
        self.ancestors = frozenset({row.name, *_bases(row)})
        self.code = row.base if row.kind == "backbone" else row.name
        self.system = _SYSTEM.get(row.name, "String") if row.kind == "primitive" else None
        self._elements: dict[str, Element] | None = None
        self._keys: dict[str, Element] | None = None

    def __repr__(self) -> str:
        return f"TypeDef({self.name})"

    @property
    def elements(self) -> dict[str, Element]:
        """All elements by name (``value``, not ``value[x]``); of a primitive: id and extension."""
        if self._elements is None:
            self._elements = {row.name: _element(row) for row in self._row.elements}
        return self._elements

    @property
    def keys(self) -> dict[str, Element]:
        """The elements by the JSON keys that hold them."""
        if self._keys is None:
            self._keys = {key: e for e in self.elements.values() for key in e.keys}
        return self._keys

    def element(self, name: str) -> Element | None:
        """Return one element, None when the type has none of that name."""
        return self.elements.get(name)


class Untyped(TypeDef):
    """A JSON object of unknown type: what its keys and values look like is all that is known."""

    __slots__ = ()

    def element(self, name: str) -> Element | None:
        """Return an element that is read from the JSON as it comes."""
        return Element(name, (self,), _untyped(name), (name,), many=True)


@cache
def type_def(name: str) -> TypeDef | None:
    """Return a type by name or element path (``Patient``, ``Patient.contact``), None if unknown."""
    row = definitions.types().get(name)
    return TypeDef(row) if row is not None else None


@cache
def untyped() -> Untyped:
    """Return the type of JSON objects of which nothing is known."""
    return Untyped(definitions.Type("Element", "complex", "", ()))


def known(name: str) -> TypeDef:
    """Return a type that the definitions certainly have."""
    found = type_def(name)
    if found is None:
        raise LookupError(name)
    return found


def type_of_resource(value: Any) -> TypeDef:
    """Return the type that a resource names itself, the unknown one when it names none."""
    name = value.get("resourceType") if value.__class__ is dict else None
    found = type_def(name) if isinstance(name, str) else None
    return found if found is not None else untyped()


def _bases(row: definitions.Type) -> list[str]:
    found: list[str] = []
    while row.base:
        found.append(row.base)
        row = definitions.definition(row.base)
    return found


def _element(row: definitions.Element) -> Element:
    properties = {key: known(code) for key, code in row.properties()}
    types = tuple(properties.values())
    if not row.choice:
        collect = _collector(row.name, types[0])
        return Element(row.name, types[:1], collect, (row.name,), many=row.repeats)
    collectors = {key: _collector(key, t) for key, t in properties.items()}
    collectors |= {f"_{key}": collectors[key] for key, t in properties.items() if t.system}
    return Element(row.name, types, _choice(collectors), tuple(properties), many=row.repeats)


def _collector(key: str, of: TypeDef) -> Collect:
    if of.name in ("Resource", "DomainResource"):
        return _resource(key)
    return _primitive(key, of) if of.system else _complex(key, of)


# Resources may be evaluated that break the structure of their type: what is no object where an
# object belongs, or is one where a primitive belongs, is passed over.


def _complex(key: str, of: TypeDef) -> Collect:
    def collect(node: Node, out: list[Any]) -> None:
        value = node.value.get(key)
        if value.__class__ is dict:
            out.append(Node(value, of, None, node, key, None))
        elif value.__class__ is list:
            for i, item in enumerate(value):
                if item.__class__ is dict:
                    out.append(Node(item, of, None, node, key, i))

    return collect


def _resource(key: str) -> Collect:
    def collect(node: Node, out: list[Any]) -> None:
        value = node.value.get(key)
        if value.__class__ is dict:
            out.append(Node(value, type_of_resource(value), None, node, key, None))
        elif value.__class__ is list:
            for i, item in enumerate(value):
                if item.__class__ is dict:
                    out.append(Node(item, type_of_resource(item), None, node, key, i))

    return collect


def _primitive(key: str, of: TypeDef) -> Collect:
    shadow_key = f"_{key}"

    def collect(node: Node, out: list[Any]) -> None:
        value, shadow = node.value.get(key), node.value.get(shadow_key)
        if shadow is None:
            if value is None or value.__class__ is dict:
                return
            if value.__class__ is not list:
                out.append(Node(value, of, None, node, key, None))
                return
        if value.__class__ is list or shadow.__class__ is list:
            _primitives(node, key, of, out)
            return
        value = None if value.__class__ is dict else value
        shadow = shadow if shadow.__class__ is dict else None
        if value is not None or shadow is not None:
            out.append(Node(value, of, shadow, node, key, None))

    return collect


def _primitives(node: Node, key: str, of: TypeDef, out: list[Any]) -> None:
    values, shadows = _listed(node.value.get(key)), _listed(node.value.get(f"_{key}"))
    for i in range(max(len(values), len(shadows))):
        value = values[i] if i < len(values) else None
        shadow = shadows[i] if i < len(shadows) else None
        value = None if value.__class__ in (dict, list) else value
        shadow = shadow if shadow.__class__ is dict else None
        if value is not None or shadow is not None:
            out.append(Node(value, of, shadow, node, key, i))


def _listed(value: Any) -> list[Any]:
    return value if value.__class__ is list else [] if value is None else [value]


def _choice(collectors: dict[str, Collect]) -> Collect:
    few = len(collectors) <= 6
    get = collectors.get

    def collect_few(node: Node, out: list[Any]) -> None:
        value = node.value
        for key, option in collectors.items():
            if key in value and not (key[0] == "_" and key[1:] in value):
                option(node, out)

    def collect(node: Node, out: list[Any]) -> None:
        value = node.value
        for key in value:
            option = get(key)
            if option is not None and not (key[0] == "_" and key[1:] in value):
                option(node, out)

    return collect_few if few else collect


def _untyped(name: str) -> Collect:
    def collect(node: Node, out: list[Any]) -> None:
        key = name if name in node.value else _suffixed(name, node.value)
        value, shadow = node.value.get(key), node.value.get(f"_{key}")
        items = value if value.__class__ is list else [value]
        shadows = shadow if shadow.__class__ is list else [shadow]
        for i, item in enumerate(items):
            extra = shadows[i] if i < len(shadows) else None
            if item is not None or extra is not None:
                place = i if value.__class__ is list else None
                out.append(Node(item, _guess(item), extra, node, key, place))

    return collect


def _suffixed(name: str, value: dict[str, Any]) -> str:
    return next(
        (k for k in value if k.startswith(name) and k[len(name) : len(name) + 1].isupper()), name
    )


def _guess(value: Any) -> TypeDef:
    if value.__class__ is dict:
        return type_of_resource(value)
    if value.__class__ is bool:
        return known("boolean")
    if isinstance(value, int):
        return known("integer")
    return known("string" if isinstance(value, str) or value is None else "decimal")
