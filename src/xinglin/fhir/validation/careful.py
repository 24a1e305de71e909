"""The careful pass: walks a resource by the tables and tells everything that is wrong with it.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/json.html and validation.html. It is the rule; the quick
pass beside it only decides sooner that there is nothing to tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xinglin.fhir import definitions
from xinglin.fhir.validation import bindings, links
from xinglin.fhir.validation.primitives import problem
from xinglin.fhir.validation.report import Report, close

if TYPE_CHECKING:
    from xinglin.fhir.definitions import Element

MAX_NESTING: Final = 80

Object = dict[Any, Any]
"""What should be a JSON object, but may come from anywhere."""


class Walk(Report):
    """One validation: the issues, and the local references of the resource at hand."""

    def __init__(self, *, conditional: bool) -> None:
        super().__init__()
        self.conditional = conditional
        self.links: list[links.Link] = []
        self.nesting = 0

    def whole(self, value: Any, place: str) -> None:
        """A resource with a scope of its own for ``#`` references: the top, or a Bundle entry."""
        outer, self.links = self.links, []
        name = self.resource(value, place)
        if name:
            links.resolve(self, self.links, value, name, place or name)
        self.links = outer

    def resource(self, value: Any, place: str) -> str:
        """Any resource; returns its type, or nothing when it has none."""
        if not isinstance(value, dict):
            self.wrong_kind(value, place or "Resource", "a resource", "资源")
            return ""
        name = value.get("resourceType")
        if name is None:
            self.say(
                "required",
                place or "Resource",
                "resourceType is missing; add it.",
                "缺少 resourceType；请补充。",
            )
            return ""
        if not isinstance(name, str) or not definitions.is_resource_type(name):
            self.unknown_type(name, place or "Resource", definitions.resource_types())
            return ""
        self.elements(value, name, place or name)
        return name

    def elements(self, value: Object, name: str, place: str) -> None:
        """All properties of an object of a complex, backbone or resource type."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            self.say("too-long", place, "nested too deep; flatten it.", "嵌套过深；请减少嵌套。")
        else:
            present = self.grouped(value, name, place)
            for element in definitions.elements(name):
                if element.name in present:
                    self.element(value, element, present[element.name], place)
                elif element.min:
                    self.missing(element, place)
            if name == "Extension":
                self.extension(value, place)
        self.nesting -= 1

    def grouped(self, value: Object, name: str, place: str) -> dict[str, dict[str, str]]:
        """The properties that are there, by element: name -> property -> type code."""
        known = definitions.json_keys(name)
        out: dict[str, dict[str, str]] = {}
        for key in value:
            base = key
            if isinstance(key, str) and key.startswith("_"):
                base = key[1:]
                if base in known and not definitions.has_twin(name, *known[base]):
                    base = key
            if base in known:
                element, code = known[base]
                out.setdefault(element.name, {})[base] = code
            elif key != "resourceType" or definitions.definition(name).kind != "resource":
                self.unknown(str(key)[:64], name, place)
        return out

    def unknown(self, key: str, name: str, place: str) -> None:
        """A property that the type does not have."""
        hint, hint_zh = close(key, definitions.json_keys(name))
        self.say(
            "structure",
            f"{place}.{key}",
            f"{name} has no property {key!r}; remove it{hint}.",
            f"{name} 没有属性 {key!r}；请删除{hint_zh}。",
        )

    def missing(self, element: Element, place: str) -> None:
        """A required element that is not there."""
        what = f"{element.name}[x]" if element.choice else element.name
        spot = f"{place}.{element.name}"
        self.say("required", spot, f"{what} is required; add it.", f"{what} 必填；请补充。")

    def element(self, value: Object, element: Element, present: dict[str, str], place: str) -> None:
        """One element: whether it is there in one form only, and each of its values."""
        spot = f"{place}.{element.name}"
        if len(present) > 1:
            names = ", ".join(present)
            self.say(
                "structure",
                spot,
                f"only one of {names} may be there; keep one.",
                f"{names} 只能出现一个；请保留其中之一。",
            )
        for key, code in present.items():
            if code in definitions.primitive_types():
                self.primitive(value, key, code, element, spot)
            elif element.repeats:
                for index, item in enumerate(self.members(value[key], element, spot)):
                    self.complex(item, code, element, f"{spot}[{index}]")
            else:
                self.complex(value[key], code, element, spot)

    def members(self, value: Any, element: Element, spot: str) -> list[Any]:
        """The members of what must be an array."""
        if not isinstance(value, list):
            self.wrong_kind(value, spot, "an array", "数组")
            return []
        if not value:
            self.empty(spot)
        if 1 < element.max < len(value):
            self.say(
                "structure",
                spot,
                f"at most {element.max} are allowed; remove the others.",
                f"最多允许 {element.max} 个；请删除多余的。",
            )
        return value

    def complex(self, value: Any, code: str, element: Element, spot: str) -> None:
        """A value of a complex type, or a resource inside a resource."""
        if code == "Resource":
            self.inner_resource(value, element, spot)
            return
        if not self.object(value, code, spot):
            return
        self.elements(value, code, spot)
        if len(value) == 1 and "id" in value:
            self.only_id(spot)
        if code == "Reference":
            link = links.check(self, value, element.targets, spot, conditional=self.conditional)
            if link:
                self.links.append(link)
        elif element.binding == "required":
            self.bound(code, value, element, spot)

    def object(self, value: Any, code: str, spot: str) -> bool:
        """Whether it is an object with something in it."""
        if not isinstance(value, dict):
            self.wrong_kind(value, spot, f"an object ({code})", f"对象（{code}）")
        elif not value:
            self.empty(spot)
        else:
            return True
        return False

    def bound(self, code: str, value: Any, element: Element, spot: str) -> None:
        """A value whose code must be one of a set."""
        fault = bindings.fault(code, value, element.value_set)
        if fault:
            self.say("code-invalid", spot, *fault)

    def inner_resource(self, value: Any, element: Element, spot: str) -> None:
        """A contained resource shares the scope of its container, any other has its own."""
        if element.name != "contained":
            self.whole(value, spot)
            return
        self.resource(value, spot)
        if isinstance(value, dict) and "contained" in value:
            self.say(
                "structure",
                f"{spot}.contained",
                "a contained resource contains no others; move them up (dom-2).",
                "内嵌资源不能再内嵌资源；请移到外层（dom-2）。",
            )

    def primitive(self, value: Object, key: str, code: str, element: Element, spot: str) -> None:
        """A primitive element with its other half ``_key`` that holds id and extensions."""
        twin = f"_{key}"
        if element.repeats:
            self.array(value, key, code, element, spot)
            return
        if key in value:
            self.value(value[key], code, element, spot)
        if twin in value:
            self.half(value[twin], spot, alone=key not in value)

    def array(self, value: Object, key: str, code: str, element: Element, spot: str) -> None:
        """A primitive array; ``_key`` is an array of the same length, null where there is none."""
        twin = f"_{key}"
        values = self.members(value[key], element, spot) if key in value else []
        others = self.members(value[twin], element, spot) if twin in value else []
        if values and others and len(values) != len(others):
            self.say(
                "structure",
                spot,
                f"{key} has {len(values)} members and {twin} has {len(others)}; "
                "fill the shorter one with null.",
                f"{key} 有 {len(values)} 项而 {twin} 有 {len(others)} 项；请用 null 补齐较短的。",
            )
        for index in range(max(len(values), len(others))):
            item = values[index] if index < len(values) else None
            other = others[index] if index < len(others) else None
            self.pair(item, other, code, element, f"{spot}[{index}]")

    def pair(self, item: Any, other: Any, code: str, element: Element, spot: str) -> None:
        """One place of a primitive array: a value, an object with extensions, or both."""
        if item is None and other is None:
            self.say(
                "structure",
                spot,
                "null needs an extension beside it; give a value or remove it.",
                "null 须伴有扩展；请填写值或删除。",
            )
        if item is not None:
            self.value(item, code, element, spot)
        if other is not None:
            self.half(other, spot, alone=item is None)

    def value(self, value: Any, code: str, element: Element, spot: str) -> None:
        """The value itself: its form, and its code when only some are allowed."""
        fault = problem(code, value)
        if fault:
            self.say("value", spot, *fault)
        elif element.binding == "required":
            self.bound(code, value, element, spot)

    def half(self, value: Any, spot: str, *, alone: bool) -> None:
        """The object of a ``_key`` property: id and extensions of a primitive."""
        if not self.object(value, "Element", spot):
            return
        self.elements(value, "Element", spot)
        if alone and len(value) == 1 and "id" in value:
            self.only_id(spot)

    def extension(self, value: Object, place: str) -> None:
        """An extension has a value or extensions of its own."""
        has_value = any(str(key).lstrip("_").startswith("value") for key in value)
        if has_value == ("extension" in value):
            self.say(
                "invariant",
                place,
                "an extension has either a value or extensions; give one of them (ext-1).",
                "扩展必须有值或子扩展之一，且不能同时有；请更正（ext-1）。",
            )
