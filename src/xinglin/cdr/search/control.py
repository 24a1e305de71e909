"""The parameters that shape the result: paging, sorting, includes, summaries.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html#return.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from .names import unknown
from .query import Include, Query, SortKey
from .values import refuse, split

if TYPE_CHECKING:
    from xinglin.fhir.search import SearchParam, SearchParameters

MAX_COUNT = 1000
DEFAULT_COUNT = 20
MAX_SORT = 8
NAMES = frozenset(
    (
        "_sort",
        "_count",
        "_total",
        "_summary",
        "_elements",
        "_include",
        "_revinclude",
        "_contained",
        "_containedType",
    )
)
_ELEMENT = re.compile(r"^[A-Za-z][A-Za-z0-9]*(\.[A-Za-z][A-Za-z0-9]*)*$")
SUMMARIES = ("true", "false", "text", "data", "count")
TOTALS = ("none", "estimate", "accurate")


class Settings:
    """Gathers the result parameters of one search."""

    def __init__(self, registry: SearchParameters, types: tuple[str, ...]) -> None:
        self.registry = registry
        self.types = types
        self.given: dict[str, Any] = {}
        self.includes: list[Include] = []
        self.revincludes: list[Include] = []

    def take(self, name: str, text: str) -> bool:
        """Whether ``name`` shapes the result; its value is then checked and kept."""
        code, _, modifier = name.partition(":")
        if code not in NAMES:
            return False
        if code in {"_include", "_revinclude"}:
            self.include(name, code, modifier, text)
        elif modifier:
            raise refuse(
                name,
                f"'{code}' takes no modifier; write {code}=...",
                f"“{code}”不接受修饰符；应写作 {code}=…",
                "not-supported",
            )
        else:
            self.value(code, text)
        return True

    def value(self, code: str, text: str) -> None:
        """One of the parameters that stand alone."""
        if code in {"_contained", "_containedType"}:
            if code == "_contained" and text == "false":
                return
            raise refuse(
                code,
                "Contained resources are not searched on their own; leave '_contained' out.",
                "不单独检索内含资源；请去掉“_contained”。",
                "not-supported",
            )
        if code == "_count":
            self.given["count"] = self.count(text)
        elif code == "_total":
            self.given["total"] = self.choice(code, text, TOTALS)
        elif code == "_summary":
            self.given["summary"] = self.choice(code, text, SUMMARIES)
        elif code == "_elements":
            self.given["elements"] = self.given.get("elements", ()) + self.elements(text)
        else:
            self.given["sort"] = self.sort(text)

    def count(self, text: str) -> int:
        """The page size: 0 asks for the number only, more than the cap is the cap."""
        if not text.isascii() or not text.isdigit() or len(text) > 9:
            raise refuse(
                "_count",
                f"'_count={text[:20]}' is no number of entries; use 0 to {MAX_COUNT}.",
                f"“_count={text[:20]}”不是条数；可用 0 到 {MAX_COUNT}。",
            )
        return min(int(text), MAX_COUNT)

    def choice(self, code: str, text: str, allowed: tuple[str, ...]) -> str:
        """One word of a closed list."""
        if text not in allowed:
            raise refuse(
                code,
                f"'{code}={text[:40]}' is not known; use one of {', '.join(allowed)}.",
                f"“{code}={text[:40]}”无法识别；可用 {'、'.join(allowed)}。",
            )
        return text

    def elements(self, text: str) -> tuple[str, ...]:
        """Element names, with or without the type before them."""
        names = tuple(text.split(","))
        for name in names:
            if _ELEMENT.match(name) is None:
                raise refuse(
                    "_elements",
                    f"'{name[:40]}' is no element name; write names such as status,code.",
                    f"“{name[:40]}”不是元素名；应写如 status,code。",
                )
        return names

    def sort(self, text: str) -> tuple[SortKey, ...]:
        """The keys of ``_sort``, first the most important."""
        codes = text.split(",")
        if len(codes) > MAX_SORT:
            raise refuse(
                "_sort",
                f"'_sort' has {len(codes)} keys; send at most {MAX_SORT}.",
                f"“_sort”有 {len(codes)} 个键，最多 {MAX_SORT} 个。",
            )
        return tuple(self.sort_key(code) for code in codes)

    def sort_key(self, text: str) -> SortKey:
        """One key: the parameter of every searched type."""
        code = text.removeprefix("-")
        params: list[SearchParam] = []
        for type_ in self.types:
            param = self.registry.get(type_, code)
            if param is None:
                raise unknown("_sort", type_, code[:60])
            if param.kind in {"composite", "special"}:
                raise refuse(
                    "_sort",
                    f"'{code}' cannot be sorted by; choose a date, string, number or token.",
                    f"不能按“{code}”排序；请选日期、字符串、数值或代码参数。",
                    "not-supported",
                )
            params.append(param)
        return SortKey(code, text.startswith("-"), tuple(params))

    def include(self, name: str, code: str, modifier: str, text: str) -> None:
        """One include; R4 writes ``_include:iterate``, STU3 wrote ``:recurse``."""
        if modifier not in {"", "iterate", "recurse"}:
            raise refuse(
                name,
                f"'{code}' takes only :iterate, not ':{modifier}'.",
                f"“{code}”只接受 :iterate，不接受“:{modifier}”。",
                "not-supported",
            )
        kept = self.includes if code == "_include" else self.revincludes
        for one in split(text, ","):
            kept.append(self.included(name, code, bool(modifier), one))

    def included(self, name: str, code: str, iterate: bool, text: str) -> Include:
        """``Source:parameter[:Target]``, ``Source:*`` or ``*``."""
        parts = text.split(":")
        known = self.registry.types
        source = parts[0]
        if text == "*":
            params = [one for type_ in known for one in self.references(type_)]
            return Include(tuple(params), "", iterate)
        if len(parts) not in {2, 3} or source not in known:
            raise refuse(
                name,
                f"'{text[:60]}' is no include; write Type:parameter or Type:parameter:Target.",
                f"“{text[:60]}”不是包含写法；应写作 类型:参数 或 类型:参数:目标类型。",
            )
        target = parts[2] if len(parts) == 3 else ""
        if target and target not in known:
            raise refuse(
                name,
                f"'{target[:60]}' in '{name}' is no resource type.",
                f"“{name}”中的“{target[:60]}”不是资源类型。",
            )
        if parts[1] == "*":
            return Include(self.references(source), target, iterate)
        param = self.registry.get(source, parts[1])
        if param is None:
            raise unknown(name, source, parts[1][:60])
        if param.kind != "reference":
            raise refuse(
                name,
                f"'{parts[1]}' of {source} is no reference; '{code}' follows references.",
                f"{source} 的“{parts[1]}”不是引用；“{code}”只沿引用取资源。",
            )
        return Include((param,), target, iterate)

    def references(self, type_: str) -> tuple[SearchParam, ...]:
        """Every reference parameter of a type."""
        return tuple(
            one for one in self.registry.for_type(type_).values() if one.kind == "reference"
        )

    def query(self, **parsed: Any) -> Query:
        """The whole query."""
        if self.given.get("summary") in {"true", "text", "data"} and "elements" in self.given:
            raise refuse(
                "_elements",
                "'_elements' and '_summary' exclude each other; send one of them.",
                "“_elements”与“_summary”互斥；请只用其一。",
            )
        summary = self.given.get("summary")
        if summary == "text" and (self.includes or self.revincludes):
            raise refuse(
                "_summary",
                "'_summary=text' cannot be combined with includes; leave one of them out.",
                "“_summary=text”不能与包含参数合用；请去掉其一。",
            )
        fields = cast("dict[str, Any]", {"count": DEFAULT_COUNT} | self.given | parsed)
        return Query(
            types=self.types,
            includes=tuple(self.includes),
            revincludes=tuple(self.revincludes),
            **fields,
        )
