"""One operation of a FHIRPath Patch, read from its Parameters.

FHIR R4 §2.3.10.1, https://hl7.org/fhir/R4/fhirpatch.html#concept: the parts and which are needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from xinglin.fhir import path
from xinglin.fhir.patch.copying import copied
from xinglin.fhir.patch.field import Field, Item
from xinglin.kernel.errors import Invalid, Issue, Malformed

if TYPE_CHECKING:
    from xinglin.fhir.path.model import Element, TypeDef

_NEEDS = {
    "add": ("path", "name", "value"),
    "insert": ("path", "index", "value"),
    "delete": ("path",),
    "replace": ("path", "value"),
    "move": ("path", "source", "destination"),
}


class Operation:
    """An operation with its type, compiled path and parts by name; ``place`` is for issues."""

    def __init__(self, kind: str, parts: dict[str, dict[str, Any]], place: str) -> None:
        self.type = kind
        self.parts = parts
        self.place = place
        self.source: str = self._string("path", "valueString")
        try:
            # Not kept: what clients send may be anything, and would push out the invariants.
            self.path = path.Expression(self.source)
        except path.PathError as error:
            self.unreadable(error)

    @property
    def name(self) -> str:
        """The name of the element to add."""
        return self._string("name", "valueString")

    def _string(self, part: str, key: str) -> str:
        value = self.parts[part].get(key)
        if isinstance(value, str):
            return value
        raise malformed(self.place, f"part ‘{part}’ needs a {key}", f"部分“{part}”需要 {key}")

    def number(self, part: str) -> int:
        """Return an index given as an integer, which may not be negative."""
        value = self.parts[part].get("valueInteger")
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        raise malformed(
            self.place,
            f"part ‘{part}’ needs a valueInteger from 0",
            f"部分“{part}”需要不小于 0 的 valueInteger",
        )

    def impossible(self, en: str, zh: str) -> NoReturn:
        """Refuse the operation: it can be read, but not applied to this resource."""
        raise Invalid(
            Issue(
                "processing",
                f"FHIRPath Patch ({self.type}): {en}.",
                f"FHIRPath Patch（{self.type}）：{zh}。",
                (self.place,),
            )
        )

    def unreadable(self, error: path.PathError) -> NoReturn:
        """Refuse the path, with what is wrong in it."""
        first = error.issues[0]
        raise Malformed(Issue("invalid", first.en, first.zh, (self.place,))) from None

    def item(self, element: Element, same: str = "") -> tuple[str, Item]:
        """Return the JSON property and the value to put into an element.

        ``same`` is the property that is there already, kept when the types agree.
        """
        part = self.parts["value"]
        if "part" in part:
            return element.keys[0], Item(self._built(element.types[0], part["part"]))
        if "resource" in part:
            return element.keys[0], Item(copied(part["resource"]))
        key, item = _value(part)
        if key is None:
            raise malformed(self.place, "part ‘value’ has no value", "部分“value”没有值")
        return self._property(element, key, same), item

    def _property(self, element: Element, key: str, same: str) -> str:
        if len(element.keys) == 1:
            return element.keys[0]
        suffix = key.removeprefix("value")
        wanted = element.name + suffix
        if wanted in element.keys:
            return wanted
        if same in element.keys:
            return same
        return self.impossible(
            f"{element.name}[x] cannot be a {suffix}", f"{element.name}[x] 不能是 {suffix}"
        )

    def _built(self, of: TypeDef, parts: Any) -> dict[str, Any]:
        """Build a backbone element from nested parts."""
        body: dict[str, Any] = {}
        for part in parts if isinstance(parts, list) else [parts]:
            name = part.get("name") if isinstance(part, dict) else None
            element = of.element(name) or of.keys.get(name) if isinstance(name, str) else None
            if element is None:
                self.impossible(f"{of.name} has no element {name}", f"{of.name} 没有元素 {name}")
            key, item = self._nested(element, part)
            field = Field(body, key, many=element.many)
            field.write([*field.read(), item] if element.many else [item])
        return body

    def _nested(self, element: Element, part: dict[str, Any]) -> tuple[str, Item]:
        inner = Operation.__new__(Operation)
        inner.type, inner.place, inner.parts = self.type, self.place, {"value": part}
        return inner.item(element)


def malformed(place: str, en: str, zh: str) -> Malformed:
    """Make the refusal of a patch that is no FHIRPath Patch."""
    return Malformed(
        Issue("structure", f"FHIRPath Patch: {en}.", f"FHIRPath Patch：{zh}。", (place,))
    )


def _value(part: dict[str, Any]) -> tuple[str | None, Item]:
    for key in part:
        plain = key.removeprefix("_")
        if plain.startswith("value"):
            return plain, Item(copied(part.get(plain)), copied(part.get(f"_{plain}")))
    return None, Item(None)


def read(parameters: Any) -> list[Operation]:
    """Read the operations of a patch; ``Malformed`` with the place of what is wrong."""
    if not isinstance(parameters, dict) or parameters.get("resourceType") != "Parameters":
        raise malformed("Parameters", "send a Parameters resource", "请发送 Parameters 资源")
    found = parameters.get("parameter", [])
    if not isinstance(found, list):
        raise malformed("Parameters.parameter", "must be an array", "应为数组")
    return [_operation(p, f"Parameters.parameter[{n}]") for n, p in enumerate(found)]


def _operation(parameter: Any, place: str) -> Operation:
    if not isinstance(parameter, dict) or parameter.get("name") != "operation":
        raise malformed(place, "its name must be ‘operation’", "其 name 应为“operation”")
    listed = parameter.get("part")
    parts: dict[str, dict[str, Any]] = {
        p["name"]: p
        for p in (listed if isinstance(listed, list) else [])
        if isinstance(p, dict) and isinstance(p.get("name"), str)
    }
    kind = parts.get("type", {}).get("valueCode")
    if not isinstance(kind, str) or kind not in _NEEDS:
        known = ", ".join(_NEEDS)
        raise malformed(
            place,
            f"part ‘type’ must be a valueCode of {known}",
            f"部分“type”应为 valueCode：{known} 之一",
        )
    for name in _NEEDS[kind]:
        if name not in parts:
            raise malformed(place, f"{kind} needs a part ‘{name}’", f"{kind} 缺少部分“{name}”")
    return Operation(kind, parts, place)
