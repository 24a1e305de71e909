"""Composite parameters: pairs that hold for one and the same element.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html#composite.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from xinglin.cdr.index import numbers
from xinglin.cdr.index.references import local, unversioned
from xinglin.cdr.index.text import stored
from xinglin.fhir.search import Branch, parse_branch

if TYPE_CHECKING:
    from xinglin.cdr.index.handlers import Maker, Out
    from xinglin.fhir.search import Component, SearchParam

Token = tuple[str, str]
Values = Callable[[dict[str, Any], dict[str, Any]], Iterator[tuple[str, Any]]]
"""(value of the composite's path, whole resource) -> (type, value) of a component."""
Second = Callable[[int, Token, str, Any, "Out"], None]
"""(parameter, its token, type and value of the second component, rows)."""


def make(maker: Maker, param: SearchParam) -> Callable[[dict[str, Any], dict[str, Any], Out], None]:
    """The handler for each value of the composite's path."""
    first, *others = (_values(component) for component in param.components)
    number = param.id
    if len(others) > 1:
        return _between(maker, number, first, others)
    second, write = others[0], _SECONDS[param.components[1].kind](maker)
    needed = _first_names(param.components[1])

    def handle(value: dict[str, Any], resource: dict[str, Any], out: Out) -> None:
        if needed.isdisjoint(value):
            return
        found = list(second(value, resource))
        if not found:
            return
        for type_, one in first(value, resource):
            for token in tokens(type_, one):
                for other_type, other in found:
                    write(number, token, other_type, other, out)

    return handle


def _between(
    maker: Maker, number: int, first: Values, others: list[Values]
) -> Callable[[dict[str, Any], dict[str, Any], Out], None]:
    """Token, start and end: the range is one ``num`` row."""
    pair = maker.keys.pair

    def handle(value: dict[str, Any], resource: dict[str, Any], out: Out) -> None:
        ends = [next((one for _, one in other(value, resource)), None) for other in others]
        if any(end is None for end in ends):
            return
        low, high = (numbers.number(end) for end in ends)
        for type_, one in first(value, resource):
            for token in tokens(type_, one):
                out.num.add((pair(number, *token), low, high))

    return handle


def tokens(type_: str, value: Any) -> list[Token]:
    """(system, code) of a token value of any type, system "" if there is none."""
    if type_ == "CodeableConcept":
        codings = value.get("coding", ())
        return [(c.get("system") or "", c["code"]) for c in codings if "code" in c]
    if type_ == "Coding":
        return [(value.get("system") or "", value["code"])] if "code" in value else []
    if type_ == "Identifier":
        return [(value.get("system") or "", value["value"])] if "value" in value else []
    if type_ == "boolean":
        return [("", "true" if value else "false")]
    return [("", str(value))]


def _first_names(component: Component) -> frozenset[str]:
    """Properties of which one must be there for the component to have a value."""
    return frozenset(parse_branch(path).steps[0].name for path in component.paths)


def _values(component: Component) -> Values:
    branches = [parse_branch(path) for path in component.paths]

    def values(value: dict[str, Any], resource: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        for branch in branches:
            start = resource if branch.steps[0].name == "%" else value
            for one in _follow(branch, start):
                yield branch.type, one

    return values


def _follow(branch: Branch, start: dict[str, Any]) -> Iterator[Any]:
    found: list[Any] = [start]
    for step in branch.steps:
        if step.name == "%":
            continue
        following: list[Any] = []
        for one in found:
            inner = one.get(step.name)
            if isinstance(inner, list):
                following += [each for each in inner if each is not None]
            elif inner is not None:
                following.append(inner)
        found = following
    return iter(found)


def _token(maker: Maker) -> Second:
    keys = maker.keys

    def write(number: int, token: Token, type_: str, value: Any, out: Out) -> None:
        for other in tokens(type_, value):
            out.key.add(keys.pair(number, *token, *keys.part_token(*other)))

    return write


def _reference(maker: Maker) -> Second:
    keys, bases = maker.keys, maker.bases

    def write(number: int, token: Token, type_: str, value: Any, out: Out) -> None:
        text = value.get("reference") if type_ == "Reference" else value
        if not text or text.startswith("#"):
            return
        name = local(text, bases) if type_ == "Reference" else None
        part = (
            keys.part_url(unversioned(text)) if name is None else keys.part_ref(out.resolve(name))
        )
        out.key.add(keys.pair(number, *token, *part))

    return write


def _quantity(maker: Maker) -> Second:
    keys = maker.keys

    def write(number: int, token: Token, type_: str, value: Any, out: Out) -> None:
        found = numbers.measure(value, type_)
        if found is None:
            return
        low, high = found.low, found.high
        out.num.add((keys.pair(number, *token, *keys.part_any_unit()), low, high))
        base = numbers.in_base_units(found)
        if base is not None:
            k = keys.pair(number, *token, *keys.part_unit(base[0]))
            out.num.add((k, base[1], base[2]))
        elif found.code:
            k = keys.pair(number, *token, *keys.part_coded_unit(found.system, found.code))
            out.num.add((k, low, high))

    return write


def _date(maker: Maker) -> Second:
    pair = maker.keys.pair
    readers = {
        kind: maker.bounds(kind) for kind in ("date", "dateTime", "instant", "Period", "Timing")
    }

    def write(number: int, token: Token, type_: str, value: Any, out: Out) -> None:
        found = readers[type_](value)
        if found is not None:
            out.dat.add((pair(number, *token), *found))

    return write


def _string(maker: Maker) -> Second:
    pair, exact = maker.keys.pair, maker.keys.exact

    def write(number: int, token: Token, _type: str, value: Any, out: Out) -> None:
        folded = stored(value)
        if folded:
            out.str.add((pair(number, *token), folded, exact(value)))

    return write


_SECONDS: dict[str, Callable[[Maker], Second]] = {
    "token": _token,
    "reference": _reference,
    "quantity": _quantity,
    "date": _date,
    "string": _string,
}
