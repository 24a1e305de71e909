"""Parameters of an operation, from a Parameters resource or from the query string.

https://hl7.org/fhir/R4/parameters.html; https://hl7.org/fhir/R4/operations.html#request
"""

from __future__ import annotations

from typing import Any

import msgspec

from xinglin.fhir.json import FhirDecimal
from xinglin.kernel.errors import Issue, Malformed


class Parameter(msgspec.Struct, frozen=True):
    """One input: ``value`` is a text (from a query), a primitive, an element or a resource."""

    name: str
    value: Any
    parts: tuple[Parameter, ...] = ()


class Parameters:
    """The inputs of a call, by name."""

    def __init__(self, items: tuple[Parameter, ...]) -> None:
        self.items = items

    def __contains__(self, name: str) -> bool:
        return any(item.name == name for item in self.items)

    def all(self, name: str) -> list[Any]:
        """Every value of a name, as given."""
        return [item.value for item in self.items if item.name == name]

    def one(self, name: str) -> Any:
        """The only value of a name or None; raises Malformed when it is repeated."""
        found = self.all(name)
        if len(found) > 1:
            raise _bad(name, "is given more than once", "重复给出")
        return found[0] if found else None

    def text(self, name: str) -> str | None:
        """The only value as a text; raises Malformed when it is an element."""
        value = self.one(name)
        return None if value is None else _text(name, value)

    def texts(self, name: str) -> list[str]:
        """Every value as a text; commas separate, as in a query."""
        return [
            piece.strip()
            for value in self.all(name)
            for piece in _text(name, value).split(",")
            if piece.strip()
        ]

    def flag(self, name: str) -> bool | None:
        """The only value as a boolean; raises Malformed."""
        text = self.text(name)
        if text is None:
            return None
        if text not in ("true", "false"):
            raise _bad(name, "takes true or false", "只能是 true 或 false")
        return text == "true"

    def number(self, name: str, low: int = 0) -> int | None:
        """The only value as an integer of at least ``low``; raises Malformed."""
        text = self.text(name)
        if text is None:
            return None
        if not (text.isascii() and text.isdigit() and len(text) < 10) or int(text) < low:
            raise _bad(name, f"takes a whole number from {low}", f"应为不小于 {low} 的整数")
        return int(text)

    def element(self, name: str) -> dict[str, Any] | None:
        """The only value as an element or resource; raises Malformed."""
        value = self.one(name)
        if value is not None and not isinstance(value, dict):
            raise _bad(
                name, "takes an element, in a Parameters body", "应在 Parameters 中以元素给出"
            )
        return value


def _text(name: str, value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case FhirDecimal():
            return value.lex
        case str() | int():
            return str(value)
        case _:
            raise _bad(name, "takes a simple value", "应为简单值")


def _bad(name: str, en: str, zh: str) -> Malformed:
    return Malformed(
        Issue(
            "value",
            f"Parameter {name} {en}",
            f"参数 {name} {zh}",
            (f"Parameters.parameter.where(name='{name}')",),
        )
    )


def of_query(pairs: list[tuple[str, str]]) -> Parameters:
    """From a query string."""
    return Parameters(tuple(Parameter(name, value) for name, value in pairs))


def of_resource(resource: dict[str, Any]) -> Parameters:
    """From a Parameters resource; raises Malformed with the place."""
    return Parameters(_items(resource.get("parameter", []), "Parameters.parameter"))


def _items(given: Any, place: str) -> tuple[Parameter, ...]:
    if not isinstance(given, list):
        raise _structure(place)
    return tuple(_item(item, f"{place}[{n}]") for n, item in enumerate(given))


def _item(item: Any, place: str) -> Parameter:
    if not isinstance(item, dict) or not isinstance(item.get("name"), str):
        raise _structure(place)
    values = [v for k, v in item.items() if k.startswith("value")]
    if "resource" in item:
        values.append(item["resource"])
    if len(values) > 1:
        raise _structure(place)
    parts = _items(item["part"], f"{place}.part") if "part" in item else ()
    return Parameter(item["name"], values[0] if values else None, parts)


def _structure(place: str) -> Malformed:
    return Malformed(
        Issue(
            "structure",
            f"{place} takes a name and one value[x], resource or part",
            f"{place} 应有 name，并且只有一个 value[x]、resource 或 part",
            (place,),
        )
    )
