"""What an `Access` lets through: of what is stored, and of what is about to be.

What is absent and what may not be seen get the same answer, by the same statements. Current
versions are judged in SQL, with the statement that reads them; images that are not in the tables
(versions in history, what is about to be written) by their index rows, with the same meaning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from xinglin.cdr import store, types
from xinglin.cdr.index import HOME, KeySpace, Rows
from xinglin.cdr.search import ir, memory
from xinglin.cdr.search.allowed import relaxed
from xinglin.cdr.search.resolve import Numbers, resolve
from xinglin.fhir import json
from xinglin.kernel.errors import Forbidden, Issue, NotFound

from . import hidden

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from xinglin.cdr.access import Access, Letter
    from xinglin.cdr.context import Context
    from xinglin.cdr.search.guards import Facts
    from xinglin.cdr.store import Stored
    from xinglin.kernel.database import Connection, Database

    from .work import Work

_LETTERS: dict[str, Letter] = {"C": "c", "U": "u", "D": "d"}
Conditions = dict[tuple[str, "Letter"], ir.Node | None]


class Seen(NamedTuple):
    """A current version, and what may be done with it."""

    stored: Stored
    letters: frozenset[Letter]

    def may(self, letter: Letter) -> bool:
        """Whether it may be changed so; False: answer as if it were absent.

        `Forbidden` only where it may be read, so that its existence is no secret.
        """
        if letter in self.letters:
            return True
        if "r" in self.letters:
            raise forbidden(types.name(self.stored.type))
        return False


def absent(type_: str, id_: str) -> NotFound:
    """The answer for what is not there, and for what may not be seen."""
    return NotFound(
        Issue(
            "not-found",
            f"There is no {type_}/{id_} here, or none that you may see.",
            f"此处没有 {type_}/{id_}，或者您无权查看。",
        )
    )


def forbidden(type_: str) -> Forbidden:
    """The answer for what may not be done."""
    return Forbidden(
        Issue(
            "forbidden",
            f"You may not do this with this {type_}; ask whoever grants access in your hospital.",
            f"您无权对此 {type_} 执行该操作；请联系本院的权限管理人员。",
        )
    )


async def condition(
    ctx: Context, source: Connection | Database, node: ir.Node | None
) -> ir.Node | None:
    """A condition of an `Access`, with what only the database knows."""
    if node is None:
        return None
    return await resolve(node, source.fetch, ctx.indexer.params, Numbers())


async def conditions(
    ctx: Context,
    source: Connection | Database,
    access: Access,
    wanted: Iterable[tuple[str, Letter]],
) -> Conditions:
    """What must hold for each type and letter."""
    return {one: await condition(ctx, source, access.predicate(*one)) for one in wanted}


# -- current versions ------------------------------------------------------------------------------


async def visible(
    ctx: Context, source: Connection | Database, access: Access, type_: str, id_: str
) -> Stored | None:
    """The current version, a tombstone included, if it may be read."""
    node = await condition(ctx, source, access.predicate(type_, "r"))
    stored = await store.visible(source, types.number(type_), id_, node)
    if stored is None or not stored.ver or not await _last(ctx, source, stored, node):
        return None
    return stored


async def look(
    ctx: Context,
    source: Connection | Database,
    access: Access,
    name: tuple[str, str],
    letters: Sequence[Letter],
    *,
    hide: bool = True,
) -> Seen | None:
    """The current version and what may be done with it; ``hide``: None if nothing may."""
    type_, id_ = name
    if access.total:
        stored = await store.one(source, types.number(type_), id_)
        return Seen(stored, frozenset(letters)) if stored else None
    nodes = [await condition(ctx, source, access.predicate(type_, letter)) for letter in letters]
    found = await store.named_told(source, types.number(type_), id_, nodes, hide=hide)
    return await _seen(ctx, source, found, letters, nodes) if found else None


async def told(
    ctx: Context,
    source: Connection | Database,
    access: Access,
    rids: Collection[int],
    letters: Sequence[Letter],
) -> dict[int, Seen]:
    """The current versions with these numbers, and what may be done with each."""
    if access.total:
        rows = await store.by_rid(source, rids)
        return {row.rid: Seen(row, frozenset(letters)) for row in rows}
    nodes = [await condition(ctx, source, access.over(letter)) for letter in letters]
    found = await store.numbered_told(source, rids, nodes)
    return {rid: await _seen(ctx, source, one, letters, nodes) for rid, one in found.items()}


async def _seen(
    ctx: Context,
    source: Connection | Database,
    found: tuple[Stored, tuple[bool, ...]],
    letters: Sequence[Letter],
    nodes: Sequence[ir.Node | None],
) -> Seen:
    stored, held = found
    may: set[Letter] = set()
    for letter, node, holds in zip(letters, nodes, held, strict=True):
        if holds and await _last(ctx, source, stored, node):
            may.add(letter)
    return Seen(stored, frozenset(may))


async def _last(
    ctx: Context, source: Connection | Database, stored: Stored, node: ir.Node | None
) -> bool:
    """Whether a condition that what is kept of a tombstone allows held for its last version."""
    if not stored.deleted or node is None or relaxed(node) == node:
        return True
    return (await _judge(ctx, source, [(stored, node)]))[0]


# -- images ----------------------------------------------------------------------------------------


async def rows_of(
    ctx: Context, source: Connection | Database, stored: Sequence[Stored]
) -> list[Rows]:
    """The index rows of stored versions; of a tombstone, those of the version before it."""
    bodies: list[dict[str, object] | None] = []
    names: set[tuple[str, str]] = set()
    for one in stored:
        image: Stored | None = one
        if one.deleted:
            image = await store.version(source, one, one.ver - 1)
        body = json.decode(image.body.encode()) if image is not None and image.body else None
        bodies.append(body)
        names |= ctx.indexer.local_references(body) if body else set()
    numbers = await ctx.references.resolve(source, names)
    found: list[Rows] = []
    for one, body in zip(stored, bodies, strict=True):
        own = {(types.name(one.type), one.id): one.rid}
        known = numbers | own
        rows = ctx.indexer.extract(body, known.__getitem__) if body else Rows()
        if one.home is not None:
            rows.key.add(KeySpace.ref(HOME, one.home))
        found.append(rows)
    return found


async def _judge(
    ctx: Context, source: Connection | Database, wanted: Sequence[tuple[Stored, ir.Node]]
) -> list[bool]:
    images = await rows_of(ctx, source, [stored for stored, _ in wanted])
    facts = await _facts(source, [node for _, node in wanted], images)
    return [
        holds(node, rows, stored.rid, facts)
        for (stored, node), rows in zip(wanted, images, strict=True)
    ]


async def _facts(
    source: Connection | Database, nodes: Iterable[ir.Node | None], images: Iterable[Rows]
) -> Facts:
    return await store.facts(source, nodes, {rid for rows in images for rid in rows.patients()})


def holds(node: ir.Node | None, rows: Rows, rid: int, facts: Facts) -> bool:
    """Whether a condition holds for an image."""
    return node is None or memory.evaluate(node, rows, rid, facts=facts) is True


async def may_all(
    ctx: Context,
    source: Connection | Database,
    access: Access,
    stored: Sequence[Stored],
    letter: Letter,
) -> list[bool]:
    """Whether this may be done with each of the stored versions, by its own body."""
    names: set[tuple[str, Letter]] = {(types.name(one.type), letter) for one in stored}
    nodes = await conditions(ctx, source, access, names)
    of = [nodes[types.name(one.type), letter] for one in stored]
    due = [(one, node) for one, node in zip(stored, of, strict=True) if node is not None]
    judged = iter(await _judge(ctx, source, due)) if due else iter(())
    return [node is None or next(judged) for node in of]


async def check(
    ctx: Context, source: Connection | Database, access: Access, due: Sequence[Work]
) -> set[int]:
    """Refuse a write that `Access` does not let through: by the image before, or the one after.

    Returns the numbers of those whose image after may be read.
    """
    if access.total:
        return {one.rid for one in due}
    names: set[tuple[str, Letter]] = {(one.draft.type, _LETTERS[one.op]) for one in due}
    names.update([(type_, "r") for type_, _ in names])
    nodes = await conditions(ctx, source, access, names)
    images = [rows for one in due for rows in (one.before, one.rows)]
    facts = await _facts(source, nodes.values(), images)
    readable: set[int] = set()
    for one in due:
        type_ = one.draft.type
        node = nodes[type_, _LETTERS[one.op]]
        before = one.last is None or holds(node, one.before, one.rid, facts)
        after = one.resource is None or holds(node, one.rows, one.rid, facts)
        if not (before and after):
            raise forbidden(type_)
        hidden.check(access.hides(type_), type_, one.last, one.resource)
        if holds(nodes[type_, "r"], one.rows, one.rid, facts):
            readable.add(one.rid)
    return readable
