"""Turns the compose of a value set into one SQL relation: members, imports and filters.

https://hl7.org/fhir/R4/valueset.html#compositions
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.kernel.errors import Invalid, Issue, NotFound, TooCostly

from . import grammars, queries

if TYPE_CHECKING:
    from xinglin.kernel.database.pool import Connection

    from .model import CodeSystem

DEPTH = 20
COLUMNS = "cs, system, version, code, display, abstract, inactive, part, ord"
EMPTY = (
    "select 0 as cs, ''::text as system, ''::text as version, ''::text as code,"
    " ''::text as display, false as abstract, false as inactive, 0 as part, 0 as ord where false"
)


class Composer:
    """Collects the relation and its arguments. ``members`` gives SQL with the columns COLUMNS."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.args: list[Any] = []
        self.used: dict[str, None] = {}

    def bind(self, value: Any, kind: str = "text") -> str:
        """A placeholder for a value."""
        self.args.append(value)
        return f"${len(self.args)}::{kind}"

    async def members(self, value_set: dict[str, Any], path: tuple[str, ...] = ()) -> str:
        """The relation of a value set; refuses what is not loaded or goes in a circle."""
        url = value_set.get("url", "")
        if url and url in path:
            raise _circle(url)
        if len(path) > DEPTH:
            raise _circle(path[0])
        path = (*path, url)
        compose = value_set.get("compose")
        if compose is None:
            return self._listed(value_set.get("expansion", {}))
        parts = [
            await self._part(include, number, path)
            for number, include in enumerate(compose.get("include", ()))
        ]
        if not parts:
            return EMPTY
        union = " union all ".join(f"({part})" for part in parts)
        sql = (
            f"select distinct on (system, code) {COLUMNS} from ({union}) u"
            " order by system, code, part"
        )
        for exclude in compose.get("exclude", ()):
            out = await self._part(exclude, 0, path)
            sql = (
                f"select {COLUMNS} from ({sql}) i where not exists (select from ({out}) x"
                " where x.system = i.system and x.code = i.code)"
            )
        if compose.get("inactive") is False:
            sql = f"select {COLUMNS} from ({sql}) a where not inactive"
        return sql

    def _listed(self, expansion: dict[str, Any]) -> str:
        """The members of a value set that has only an expansion."""
        rows: list[tuple[str, str, str]] = []
        todo = list(expansion.get("contains", ()))
        while todo:
            one = todo.pop(0)
            todo = [*one.get("contains", ()), *todo]
            if one.get("code"):
                rows.append((one.get("system", ""), one["code"], one.get("display", "")))
        systems, codes, displays = (
            (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
        )
        return (
            "select 0 as cs, system, '' as version, code, display, false as abstract,"
            " false as inactive, 0 as part, ord::int from unnest("
            f"{self.bind(systems, 'text[]')}, {self.bind(codes, 'text[]')},"
            f" {self.bind(displays, 'text[]')}) with ordinality as l (system, code, display, ord)"
        )

    async def _part(self, include: dict[str, Any], number: int, path: tuple[str, ...]) -> str:
        sql = await self._system_part(include, number) if include.get("system") else None
        for canonical in include.get("valueSet", ()):
            url, _, version = canonical.partition("|")
            imported = await queries.find_value_set(self.connection, url, version or None)
            if imported is None:
                raise _no_value_set(canonical)
            other = await self.members(imported, path)
            if sql is None:
                sql = other
            else:
                sql = (
                    f"select {COLUMNS} from ({sql}) l where exists (select from ({other}) r"
                    " where r.system = l.system and r.code = l.code)"
                )
        return sql or EMPTY

    async def _system_part(self, include: dict[str, Any], number: int) -> str:
        url, version = include["system"], include.get("version")
        system = await queries.find_system(self.connection, url, version)
        listed = include.get("concept")
        self.used[f"{url}|{system.version}" if system and system.version else url] = None
        if listed:
            return self._enumerated(url, system, listed, number)
        if system is None or system.content == "not-present":
            if grammars.has(url):
                raise _endless(url)
            raise no_system(url, version)
        conditions = [self._condition(system, one) for one in include.get("filter", ())]
        where = " and ".join([f"c.cs = {self.bind(system.cs, 'int')}", *conditions])
        return (
            f"select c.cs, {self.bind(url)} as system, {self.bind(system.version)} as version,"
            " c.code, c.display, c.abstract, c.inactive,"
            f" {number} as part, c.ord from concept c where {where}"
        )

    def _enumerated(
        self, url: str, system: CodeSystem | None, listed: list[dict[str, Any]], number: int
    ) -> str:
        codes = self.bind([one.get("code", "") for one in listed], "text[]")
        displays = self.bind([one.get("display", "") for one in listed], "text[]")
        cs = self.bind(system.cs if system else 0, "int")
        return (
            f"select {cs} as cs, {self.bind(url)} as system,"
            f" {self.bind(system.version if system else '')} as version, l.code,"
            " coalesce(nullif(l.display, ''), c.display, '') as display,"
            " coalesce(c.abstract, false) as abstract, coalesce(c.inactive, false) as inactive,"
            f" {number} as part, l.ord::int as ord"
            f" from unnest({codes}, {displays}) with ordinality as l (code, display, ord)"
            f" left join concept c on c.cs = {cs} and c.code = l.code"
        )

    def _condition(self, system: CodeSystem, one: dict[str, Any]) -> str:
        """SQL over the concept ``c`` for one filter."""
        operator, name, value = one.get("op", ""), one.get("property", ""), one.get("value", "")
        match operator:
            case "is-a":
                return f"({self._here(value)} or {self._below(value)})"
            case "descendent-of":
                return self._below(value)
            case "is-not-a":
                return f"not ({self._here(value)} or {self._below(value)})"
            case "generalizes":
                return (
                    f"({self._here(value)} or exists (select from concept_closure p"
                    f" where p.cs = c.cs and p.ancestor = c.code and p.code = {self.bind(value)}))"
                )
            case "=":
                return self._equals(name, [value])
            case "in":
                return self._equals(name, [v.strip() for v in value.split(",")])
            case "not-in":
                return f"not {self._equals(name, [v.strip() for v in value.split(',')])}"
            case "regex":
                return self._regex(name, value)
            case "exists":
                there = (
                    "exists (select from concept_property p where p.cs = c.cs"
                    f" and p.code = c.code and p.name = {self.bind(name)})"
                )
                return there if value == "true" else f"not {there}"
            case _:
                raise _no_filter(system.url, operator)

    def _here(self, code: str) -> str:
        return f"c.code = {self.bind(code)}"

    def _below(self, code: str) -> str:
        return (
            "exists (select from concept_closure p where p.cs = c.cs and p.code = c.code"
            f" and p.ancestor = {self.bind(code)})"
        )

    def _equals(self, name: str, values: list[str]) -> str:
        wanted = self.bind(values, "text[]")
        if name in ("code", "concept"):
            return f"(c.code = any({wanted}))"
        if name == "display":
            return f"(c.display = any({wanted}))"
        if name in ("parent", "child"):
            own, other = ("code", "ancestor") if name == "parent" else ("ancestor", "code")
            return (
                "exists (select from concept_closure p where p.cs = c.cs and p.direct"
                f" and p.{own} = c.code and p.{other} = any({wanted}))"
            )
        return (
            "exists (select from concept_property p where p.cs = c.cs and p.code = c.code"
            f" and p.name = {self.bind(name)} and p.value = any({wanted}))"
        )

    def _regex(self, name: str, value: str) -> str:
        pattern = self.bind(f"^(?:{value})$")
        if name in ("code", "concept"):
            return f"(c.code ~ {pattern})"
        if name == "display":
            return f"(c.display ~ {pattern})"
        return (
            "exists (select from concept_property p where p.cs = c.cs and p.code = c.code"
            f" and p.name = {self.bind(name)} and p.value ~ {pattern})"
        )


def no_system(url: str, version: str | None = None) -> NotFound:
    """The refusal for a code system that is not here."""
    what = f"{url}|{version}" if version else url
    return NotFound(
        Issue(
            "not-found",
            f"Code system {what} is not loaded here; an operator loads it from a file"
            " with `xinglin terminology load`, or PUT a CodeSystem resource",
            f"未载入代码系统 {what}；请用 `xinglin terminology load` 从文件载入，"
            "或写入 CodeSystem 资源",
        )
    )


def _no_value_set(canonical: str) -> NotFound:
    return NotFound(
        Issue(
            "not-found",
            f"Value set {canonical} is not known here; PUT it as a ValueSet resource first",
            f"未找到值集 {canonical}；请先写入该 ValueSet 资源",
        )
    )


def _circle(url: str) -> Invalid:
    return Invalid(
        Issue(
            "business-rule",
            f"Value set {url} includes itself, directly or through others; take one include out",
            f"值集 {url} 直接或间接地包含了自身；请去掉其中一个引用",
        )
    )


def _endless(url: str) -> TooCostly:
    return TooCostly(
        Issue(
            "too-costly",
            f"The codes of {url} follow a grammar and cannot be listed; ask $validate-code instead",
            f"{url} 的代码由语法规定，无法列出；请改用 $validate-code",
        )
    )


def _no_filter(url: str, operator: str) -> Invalid:
    return Invalid(
        Issue(
            "not-supported",
            f"Filter operator '{operator}' is none of FHIR R4's (in an include of {url})",
            f"过滤运算符“{operator}”不是 FHIR R4 所定义的（见 {url} 的 include）",
        )
    )
