"""The operations of terminology as functions over a database.

https://hl7.org/fhir/R4/terminology-service.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg

from xinglin.kernel.errors import Invalid, Issue, NotFound, TooCostly

from . import builtin, grammars, maps, queries
from .compose import Composer, no_system
from .model import CodeSystem, Concept, Expansion, Match, Member, Validity

if TYPE_CHECKING:
    from xinglin.kernel.database import Database
    from xinglin.kernel.database.pool import Connection

LIMIT = 10_000  # more members than this are only given page by page
SECONDS = 10


class Terminology:
    """Everything that can be asked about codes; one per process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._ready = False

    async def _prepare(self) -> None:
        if not self._ready:
            await builtin.ensure(self._database)
            self._ready = True

    async def versions(self) -> list[tuple[str, list[str]]]:
        """Every system that there is, with its versions."""
        await self._prepare()
        async with self._database.acquire() as connection:
            return await queries.versions(connection)

    async def value_set(self, url: str, version: str | None = None) -> dict[str, Any]:
        """A value set by canonical address (``url`` may carry ``|version``); raises NotFound."""
        await self._prepare()
        address, _, own = url.partition("|")
        async with self._database.acquire() as connection:
            found = await queries.find_value_set(connection, address, version or own or None)
            if found is None:
                found = await self._implicit(connection, address)
        if found is None:
            raise NotFound(
                Issue(
                    "not-found",
                    f"Value set {url} is not known here; PUT it as a ValueSet resource first",
                    f"未找到值集 {url}；请先写入该 ValueSet 资源",
                )
            )
        return found

    async def _implicit(self, connection: Connection, url: str) -> dict[str, Any] | None:
        """The value set of a whole code system, where the system's address is given."""
        base = url.partition("?fhir_vs")[0]
        if await queries.find_system(connection, base) is None:
            return None
        return {"url": url, "compose": {"include": [{"system": base}]}}

    async def value_set_of(self, rid: int) -> dict[str, Any] | None:
        """The value set that a resource holds."""
        async with self._database.acquire() as connection:
            return await queries.value_set_of_resource(connection, rid)

    async def expand(
        self,
        value_set: dict[str, Any],
        *,
        text: str = "",
        offset: int = 0,
        count: int | None = None,
        active_only: bool = False,
        language: str = "",
    ) -> Expansion:
        """A page of the members, in the order of the definition; ``text`` filters by words."""
        await self._prepare()
        async with self._database.transaction() as connection:
            await connection.execute(f"set local statement_timeout = '{SECONDS}s'")
            composer = Composer(connection)
            members = await composer.members(value_set)
            conditions = [self._word(composer, word) for word in text.lower().split()]
            if active_only:
                conditions.append("not inactive")
            where = " and ".join(conditions) or "true"
            relation = f"from ({members}) m where {where}"
            total = await _guarded(
                connection.fetchval(f"select count(*) {relation}", *composer.args)
            )
            if count is None and total > LIMIT:
                raise _too_many(total)
            shown = (
                "coalesce((select value from concept_designation d where d.cs = m.cs and"
                f" d.code = m.code and d.language like {composer.bind(language + '%')} limit 1),"
                " display)"
                if language
                else "display"
            )
            limit, skip = composer.bind(count, "bigint"), composer.bind(offset, "bigint")
            rows = await _guarded(
                connection.fetch(
                    f"select system, version, code, {shown} as display, abstract, inactive"
                    f" {relation} order by part, system, ord, code limit {limit} offset {skip}",
                    *composer.args,
                )
            )
        return Expansion(
            url=value_set.get("url", ""),
            version=value_set.get("version", ""),
            total=total,
            offset=offset,
            members=tuple(Member(**row) for row in rows),
            used=tuple(composer.used),
        )

    @staticmethod
    def _word(composer: Composer, word: str) -> str:
        value = composer.bind(word)
        return (
            f"(position({value} in lower(display)) > 0 or position({value} in lower(code)) > 0"
            " or exists (select from concept_designation d where d.cs = m.cs and d.code = m.code"
            f" and position({value} in lower(d.value)) > 0))"
        )

    async def validate_in_value_set(
        self, value_set: dict[str, Any], code: str, system: str | None, display: str | None = None
    ) -> Validity:
        """Whether a code is a member."""
        await self._prepare()
        if system and grammars.has(system) and _whole(value_set, system):
            return await self._grammatical(system, code)
        async with self._database.transaction() as connection:
            await connection.execute(f"set local statement_timeout = '{SECONDS}s'")
            composer = Composer(connection)
            members = await composer.members(value_set)
            wanted, where = composer.bind(code), composer.bind(system)
            rows = await _guarded(
                connection.fetch(
                    f"select system, display from ({members}) m where code = {wanted}"
                    f" and ({where} is null or system = {where}) limit 2",
                    *composer.args,
                )
            )
        name = value_set.get("url") or value_set.get("id") or "?"
        if not rows:
            coding = f"{system}|{code}" if system else code
            return Validity(
                result=False,
                message_en=f"{coding} is not in value set {name}",
                message_zh=f"{coding} 不在值集 {name} 中",
            )
        if len(rows) > 1:
            return Validity(
                result=False,
                message_en=f"{code} is in value set {name} under several systems; give the system",
                message_zh=f"{code} 在值集 {name} 中属于多个系统；请给出系统",
            )
        return _displayed(rows[0]["display"], display)

    async def _grammatical(self, system: str, code: str) -> Validity:
        if grammars.accepts(system, code):
            return Validity(result=True, display=code)
        return Validity(
            result=False,
            message_en=f"{code} is not well formed under {system}",
            message_zh=f"{code} 不符合 {system} 的语法",
        )

    async def system(self, url: str, version: str | None = None) -> CodeSystem:
        """A code system; raises NotFound with what to do."""
        await self._prepare()
        async with self._database.acquire() as connection:
            found = await queries.find_system(connection, url, version)
        if found is None:
            raise no_system(url, version)
        return found

    async def system_of(self, rid: int) -> CodeSystem | None:
        """The code system that a resource holds."""
        async with self._database.acquire() as connection:
            return await queries.system_of_resource(connection, rid)

    async def validate_in_system(
        self, url: str, code: str, *, version: str | None = None, display: str | None = None
    ) -> Validity:
        """Whether a code is one of a system's."""
        if grammars.has(url):
            return await self._grammatical(url, code)
        system = await self.system(url, version)
        async with self._database.acquire() as connection:
            found = await queries.concept(connection, system, code)
        if found is None:
            return Validity(
                result=False,
                message_en=f"{code} is not a code of {url}",
                message_zh=f"{code} 不是 {url} 的代码",
            )
        return _displayed(found.display, display, [d[2] for d in found.designations])

    async def lookup(
        self, url: str, code: str, version: str | None = None
    ) -> tuple[CodeSystem, Concept, list[str]]:
        """A system, a concept and its children; raises NotFound."""
        system = await self.system(url, version)
        async with self._database.acquire() as connection:
            found = await queries.concept(connection, system, code)
            if found is None:
                raise NotFound(
                    Issue(
                        "not-found",
                        f"{code} is not a code of {url}",
                        f"{code} 不是 {url} 的代码",
                    )
                )
            below = await queries.children(connection, system.cs, found.code)
        return system, found, below

    async def subsumes(self, url: str, a: str, b: str, version: str | None = None) -> str:
        """``equivalent``, ``subsumes``, ``subsumed-by`` or ``not-subsumed`` (a against b)."""
        system, first, _ = await self.lookup(url, a, version)
        _, second, _ = await self.lookup(url, b, version)
        if first.code == second.code:
            return "equivalent"
        async with self._database.acquire() as connection:
            if await queries.is_ancestor(connection, system.cs, first.code, second.code):
                return "subsumes"
            if await queries.is_ancestor(connection, system.cs, second.code, first.code):
                return "subsumed-by"
        return "not-subsumed"

    async def translate(self, code: str, system: str, **how: Any) -> list[Match]:
        """The translations of a code; see `maps.translate`."""
        await self._prepare()
        async with self._database.acquire() as connection:
            return await maps.translate(connection, code, system, **how)

    async def codes_in(self, url: str) -> list[tuple[str, str]]:
        """(system, code) of every member, for the search modifiers :in and :not-in."""
        expansion = await self.expand(await self.value_set(url), count=LIMIT + 1)
        if expansion.total > LIMIT:
            raise _too_many(expansion.total)
        return [(member.system, member.code) for member in expansion.members]

    async def lineage(self, url: str, code: str, *, above: bool) -> list[str]:
        """The code and all above or below it, for the search modifiers :above and :below."""
        system = await self.system(url)
        async with self._database.acquire() as connection:
            return await queries.lineage(connection, system.cs, code, above=above)


def _whole(value_set: dict[str, Any], system: str) -> bool:
    """Whether a value set takes all of a system."""
    return any(
        include.get("system") == system and not include.get("concept") and not include.get("filter")
        for include in value_set.get("compose", {}).get("include", ())
    )


def _displayed(display: str, given: str | None, others: list[str] | None = None) -> Validity:
    if given and given.casefold() not in {d.casefold() for d in (display, *(others or ()))}:
        return Validity(
            result=False,
            message_en=f"The display '{given}' is not the code's; it is '{display}'",
            message_zh=f"显示名“{given}”与代码不符，应为“{display}”",
            display=display,
        )
    return Validity(result=True, display=display)


async def _guarded(answer: Any) -> Any:
    """Time limits and broken patterns are the asker's to mend, not failures."""
    try:
        return await answer
    except asyncpg.QueryCanceledError as error:
        raise TooCostly(
            Issue(
                "too-costly",
                f"The value set could not be worked out in {SECONDS} s; narrow its filters",
                f"该值集未能在 {SECONDS} 秒内展开；请缩小过滤条件",
            )
        ) from error
    except asyncpg.InvalidRegularExpressionError as error:
        raise Invalid(
            Issue(
                "value",
                f"A regex filter of the value set cannot be read: {error}",
                f"值集中的正则过滤条件无法解析：{error}",
            )
        ) from error


def _too_many(total: int) -> TooCostly:
    return TooCostly(
        Issue(
            "too-costly",
            f"The value set has {total} members; ask for pages with count and offset,"
            " or give a filter",
            f"该值集有 {total} 个成员；请用 count 和 offset 分页，或给出 filter",
        )
    )
