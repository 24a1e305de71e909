"""``_include`` and ``_revinclude``: resources that go along with the matches.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html#revinclude.

Forward references are read from ``resource.refs`` of the page's rows, reverse ones from their
keys; both only reach what the Access may see.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from xinglin.kernel.errors import Issue, TooCostly

from . import canonical
from .sql import MASK, SHIFT, Statement

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .ir import Node
    from .query import Include, Query
    from .results import Entry
    from .run import Run

MAX_INCLUDED: Final = 5000


async def included(run: Run, query: Query, matches: list[Entry]) -> list[Entry]:
    """Everything that the includes of the query reach from the matches, each once."""
    if not query.includes and not query.revincludes:
        return []
    seen = {entry.rid for entry in matches}
    found: list[Entry] = []
    fresh, first = matches, True
    while fresh:
        forward = [one for one in query.includes if first or one.iterate]
        backward = [one for one in query.revincludes if first or one.iterate]
        new: dict[int, Entry] = {}
        for entry in await _forward(run, forward, fresh, seen):
            new[entry.rid] = entry
        for entry in await _backward(run, backward, fresh, seen):
            new[entry.rid] = entry
        fresh, first = list(new.values()), False
        seen.update(new)
        found += fresh
        if len(found) > MAX_INCLUDED:
            raise _too_many()
    return found


async def _forward(
    run: Run, includes: Iterable[Include], rows: list[Entry], seen: set[int]
) -> list[Entry]:
    """The targets of the page's references, by type of target wanted."""
    wanted: dict[tuple[str, ...], set[int]] = {}
    for include in includes:
        for param in include.params:
            types = (include.target,) if include.target else param.only
            if include.target and param.only and include.target not in param.only:
                continue
            rids = wanted.setdefault(types, set())
            sources = set(param.sources)
            rids.update(
                ref & MASK
                for entry in rows
                if entry.type == param.type
                for ref in entry.refs
                if ref >> SHIFT in sources
            )
            if canonical.is_canonical(param):
                rids |= await canonical.forward(run, param, include.target, rows)
    found: list[Entry] = []
    for types, rids in wanted.items():
        missing = sorted(rids - seen)
        if missing:
            found += await _targets(run, types, missing)
    return found


async def _targets(run: Run, types: tuple[str, ...], rids: list[int]) -> list[Entry]:
    if len(rids) > MAX_INCLUDED:
        raise _too_many()
    statement = Statement()
    numbers = statement.bind(rids, "::bigint[]")
    where = ""
    if types:
        wanted = [run.registry.type_number(name) for name in types]
        where = f" and type = any({statement.bind(wanted, '::smallint[]')})"
    text = (
        "select r.rid, r.type, r.id, textsend(r.body) as body, r.refs, r.patient, r.patients"
        f" from unnest({numbers}) u(rid) cross join lateral (select * from resource"
        f" where resource.rid = u.rid and not deleted and ver > 0{where} offset 0) r"
    )
    allowed = run.allowed(types or run.registry.types)
    if allowed is not None:
        text += f" where {statement.probe(allowed, 'r.rid')}"
    return await run.entries(text, statement.args)


async def _backward(
    run: Run, includes: Iterable[Include], rows: list[Entry], seen: set[int]
) -> list[Entry]:
    """What refers to the page's rows."""
    ks: dict[int, None] = {}
    sources: dict[str, None] = {}
    for include in includes:
        for param in include.params:
            types = (include.target,) if include.target else param.targets
            sources[param.type] = None
            for entry in rows:
                if not types or entry.type in types:
                    if canonical.is_canonical(param):
                        ks.update(dict.fromkeys(canonical.backward(run, param, entry)))
                    ks.update(dict.fromkeys(one << SHIFT | entry.rid for one in param.sources))
    if not ks:
        return []
    return await _sources(run, tuple(sources), list(ks), seen)


async def _sources(run: Run, types: tuple[str, ...], ks: list[int], seen: set[int]) -> list[Entry]:
    statement = Statement()
    keys = statement.bind(ks, "::bigint[]")
    most = statement.bind(MAX_INCLUDED + 1, "::bigint")
    known = statement.bind(list(seen), "::bigint[]")
    access = ""
    allowed: Node | None = run.allowed(types)
    if allowed is not None:
        # Before the limit: what may not be seen must not crowd out what may.
        access = f" and {statement.probe(allowed, 'n.rid')}"
    text = (
        "select r.rid, r.type, r.id, textsend(r.body) as body, r.refs, r.patient, r.patients from"
        f" (select distinct o.rid from unnest({keys}) u(k) cross join lateral"
        f" (select n.rid from key n where n.k = u.k{access} limit {most}) o"
        f" where o.rid <> all({known}) order by o.rid desc limit {most}) p"
        " cross join lateral (select * from resource where resource.rid = p.rid offset 0) r"
    )
    found = await run.entries(text, statement.args)
    if len(found) > MAX_INCLUDED:
        raise _too_many()
    return found


def _too_many() -> TooCostly:
    return TooCostly(
        Issue(
            "too-costly",
            f"The includes reach more than {MAX_INCLUDED} resources;"
            " ask for a smaller '_count', or for fewer includes.",
            f"包含的资源超过 {MAX_INCLUDED} 个；请减小“_count”或减少包含参数。",
            ("http._include",),
        )
    )


__all__ = ["MAX_INCLUDED", "Callable", "included"]
