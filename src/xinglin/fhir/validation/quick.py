"""The quick pass: says in microseconds that a usual resource is valid, or that it is not sure.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/json.html. Compiled on first use from the tables, one
closure per type; whatever it does not take, valid or not, goes to the careful pass.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

from xinglin.fhir import definitions
from xinglin.fhir.validation import bindings, references
from xinglin.fhir.validation.primitives import CHECKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from xinglin.fhir.definitions import Element

    Check = Callable[[Any], Any]
    """True of a value that is surely valid. False, or any exception: ask the careful pass."""


class _State(threading.local):
    """What one validation remembers; closures take the value alone, as a second argument costs."""

    def __init__(self) -> None:
        self.links: list[tuple[str, tuple[str, ...]]] = []
        self.conditional = False


_state = _State()


def accepts(resource: Any, *, conditional: bool = False) -> bool:
    """Whether the resource is surely valid; ``False`` means that only the careful pass knows."""
    _state.conditional = False
    try:
        if not _whole(resource):
            return False
    except Exception:  # noqa: BLE001 - a wrong shape shows itself as any exception
        return False
    return (
        not _state.conditional
        or conditional
        or (resource["resourceType"] == "Bundle" and resource["type"] == "transaction")
    )


def _whole(value: Any) -> bool:
    outer, _state.links = _state.links, []
    try:
        if not _resources[value["resourceType"]](value):
            return False
        contained = value.get("contained")
        return not (contained or _state.links) or _links_hold(value, contained or ())
    finally:
        _state.links = outer


def _links_hold(value: dict[str, Any], contained: Any) -> bool:
    found = {inner["id"]: inner["resourceType"] for inner in contained}
    if len(found) != len(contained):
        return False
    found[""] = value["resourceType"]
    return all(not targets or found[name] in targets for name, targets in _state.links) and all(
        name in found for name, _ in _state.links
    )


def _contained(value: Any) -> bool:
    return "contained" not in value and _resources[value["resourceType"]](value)


class _Types(dict[str, "Check"]):
    """Checks by type name, each made when it is first asked for."""

    def __missing__(self, name: str) -> Check:
        self[name] = check = _compile(name)
        return check


class _Resources(_Types):
    def __missing__(self, name: str) -> Check:
        if not definitions.is_resource_type(name):
            raise KeyError(name)
        return super().__missing__(name)


_types: Final = _Types()
_resources: Final = _Resources()


class _Fields(dict[str, "Check"]):
    """Checks of the properties of a type that have no sisters; others raise KeyError."""

    def __init__(self, name: str) -> None:
        self._name = name
        if definitions.definition(name).kind == "resource":
            self["resourceType"] = {name}.__contains__

    def __missing__(self, key: str) -> Check:
        base = key[1:] if key[0] == "_" else key
        element, code = definitions.json_keys(self._name)[base]
        if base == key:
            check = _field(element, code)
        elif definitions.has_twin(self._name, element, code):
            check = _twin(element)
        else:
            check = _never
        self[key] = check
        return check


def _compile(name: str) -> Check:
    if name == "Extension":
        return _extension()
    elements = definitions.elements(name)
    required = tuple(e.name for e in elements if e.min and not e.choice)
    groups = [e for e in elements if e.choice]
    choices = {
        key: (1 << number, code, e)
        for number, e in enumerate(groups)
        for key, code in e.properties()
    }
    needed = sum(1 << number for number, e in enumerate(groups) if e.min)
    fields = _Fields(name)
    if definitions.definition(name).kind != "resource":
        fields["id"] = CHECKS["string"]
        return _element_check(fields, required, choices, needed)
    return _check(fields, required, choices, needed)


def _check(
    fields: _Fields, required: tuple[str, ...], choices: dict[str, Any], needed: int
) -> Check:
    return _choice_check(fields, required, choices, needed) if choices else _plain(fields, required)


def _element_check(
    fields: _Fields, required: tuple[str, ...], choices: dict[str, Any], needed: int
) -> Check:
    inner = _check(fields, required, choices, needed)
    if required or needed:
        return inner

    def check(value: Any) -> bool:
        return inner(value) and not (len(value) == 1 and "id" in value)

    return check


def _plain(fields: _Fields, required: tuple[str, ...]) -> Check:
    """A type without choices."""

    def check(value: Any) -> bool:
        for key, item in value.items():
            if not fields[key](item):
                return False
        for key in required:
            if key not in value:
                return False
        return bool(value)

    return check


def _choice_check(
    fields: _Fields, required: tuple[str, ...], choices: dict[str, Any], needed: int
) -> Check:
    """A type with choices: one bit for each, so that a second value of one is seen."""
    made: dict[str, tuple[int, Check]] = {}

    def check(value: Any) -> bool:
        seen = 0
        for key, item in value.items():
            choice = made.get(key)
            if choice is None:
                if key not in choices:
                    if not fields[key](item):
                        return False
                    continue
                bit, code, element = choices[key]
                choice = made[key] = bit, _field(element, code)
            if seen & choice[0] or not choice[1](item):
                return False
            seen |= choice[0]
        for key in required:
            if key not in value:
                return False
        return seen & needed == needed and bool(value)

    return check


def _extension() -> Check:
    value_element = definitions.element("Extension", "value")
    if value_element is None:
        raise KeyError("Extension.value")
    codes = dict(value_element.properties())
    values: dict[str, Check] = {}
    is_uri = CHECKS["uri"]

    def check(value: Any) -> bool:
        if not is_uri(value["url"]):
            return False
        content = 0
        for key, item in value.items():
            if key == "url":
                continue
            inner = values.get(key)
            if inner is None:
                inner = values[key] = make(key)
            if not inner(item):
                return False
            content += key != "id"
        return content == 1

    def make(key: str) -> Check:
        if key == "id":
            return CHECKS["string"]
        if key == "extension":
            return _many(check)
        return _field(value_element, codes[key])

    return check


def _field(element: Element, code: str) -> Check:
    check = _single(element, code)
    if not element.repeats:
        return check
    return _many(check, element.max)


def _twin(element: Element) -> Check:
    """The other half of a primitive; arrays of halves are for the careful pass."""
    if element.repeats or element.choice:
        return _never
    inner = _types["Element"]

    def check(value: Any) -> bool:
        return "extension" in value and inner(value)

    return check


def _never(_value: Any) -> bool:
    return False


def _many(check: Check, most: int = 0) -> Check:
    def many(value: Any) -> bool:
        return (
            type(value) is list
            and bool(value)
            and (not most or len(value) <= most)
            and all(map(check, value))
        )

    return many


def _single(element: Element, code: str) -> Check:
    if code == "Resource":
        return _contained if element.name == "contained" else _whole
    if code == "Reference":
        return _reference(element.targets)
    if code in definitions.primitive_types():
        return _primitive(element, code)
    check = _lazy(code)
    return _concept(check, element.value_set) if element.binding == "required" else check


def _lazy(code: str) -> Check:
    """A type that may contain itself is looked up when it is first used."""
    if code in _types:
        return _types[code]

    def check(value: Any) -> Any:
        return _types[code](value)

    return check


def _primitive(element: Element, code: str) -> Check:
    check = CHECKS[code]
    if element.binding != "required":
        return check
    codes = definitions.codes(element.value_set)
    if codes is not None:
        return codes.__contains__
    return lambda value: check(value) and bindings.allowed(element.value_set, value)


def _concept(check: Check, value_set: str) -> Check:
    known = bindings.pairs(value_set)
    if known is None:
        return check

    def bound(value: Any) -> bool:
        return check(value) and any((c["system"], c["code"]) in known for c in value["coding"])

    return bound


def _reference(targets: tuple[str, ...]) -> Check:
    inner = _lazy("Reference")
    allowed = frozenset(targets or definitions.resource_types())

    def check(value: Any) -> bool:
        if not inner(value):
            return False
        text = value.get("reference")
        found = ""
        if text is not None:
            kind, found = references.read(text)
            if kind == "invalid" or (found and found not in allowed):
                return False
            if kind == "local":
                _state.links.append((text[1:], targets))
            elif kind == "conditional":
                _state.conditional = True
        named = value.get("type")
        return named is None or (named in allowed and (not found or found == named))

    return check
