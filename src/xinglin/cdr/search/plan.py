"""Chooses how a search runs: which part drives, whether to walk an order or to gather and sort.

Measured reasons are in docs/explanation/cdr.md. The planner of PostgreSQL is not asked: its
statistics do not know the skew of clinical keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from . import order
from .guards import AtHome, OfPatients, keys
from .ir import Always, And, Chain, Has, Key, Node, Or, Range, Rids, Str, Window
from .sql import Statement, listable

if TYPE_CHECKING:
    from .order import Mark, Term

SPARSE: Final = 400
"""A driver below this many rows is gathered; counting that far costs some 40 µs."""
STEPS: Final = 4000
"""How many rows of a dense driver are walked before its sets are intersected instead."""
LARGE: Final = 20_000
"""Below this many rows a driver is gathered and probed; above, sets are intersected."""


class Shape:
    """The parts of a conjunction, and how many rows each would give."""

    def __init__(self, node: Node) -> None:
        self.parts: tuple[Node, ...] = node.parts if isinstance(node, And) else (node,)
        if isinstance(node, Always):
            self.parts = ()
        self.candidates = [part for part in self.parts if listable(part)]

    @property
    def obvious(self) -> Node | None:
        """The way to drive where nothing need be counted: a key alone, or numbers."""
        if len(self.parts) == 1 and isinstance(self.parts[0], Key):
            return self.parts[0]
        return next((one for one in self.candidates if isinstance(one, Rids)), None)

    def rest(self, driver: Node) -> list[Node]:
        """What is probed when ``driver`` drives."""
        return [part for part in self.parts if part is not driver]


def counts(candidates: list[Node], cap: int) -> tuple[str, list[object]]:
    """One statement that counts what each candidate would give, up to ``cap``."""
    statement = Statement(loose=True)
    columns: list[str] = []
    for part in candidates:
        limit = statement.bind(cap, "::bigint")
        columns.append(
            f"(select count(*) from (select 1 from ({statement.source(part)}) s limit {limit}) c)"
        )
    return "select " + ", ".join(columns), statement.args


def dear(node: Node) -> bool:
    """Whether counting costs more than it tells: chains are left only where they reach much."""
    match node:
        case Chain() | Has():
            return True
        case And() | Or():
            return any(dear(part) for part in node.parts)
        case _:
            return False


def walkable(node: Node) -> Key | None:
    """The keys that list it by number, and perhaps a little more."""
    if isinstance(node, OfPatients | AtHome):
        return Key(keys(node), typed=False)
    return node if isinstance(node, Key) else None


def direction(*, back: bool, newest: bool = True) -> tuple[str, str]:
    """(``desc``, ``<``) or (``asc``, ``>``) for walking by number."""
    return ("desc", "<") if newest != back else ("asc", ">")


def walk(  # noqa: PLR0917 - a walk has that many ends
    shape: Shape,
    driver: Key,
    mark: Mark | None,
    limit: int,
    steps: int,
    terms: tuple[Term, ...] = (),
) -> Select:
    """Walks keys by number and probes the rest, ``steps`` rows of each key at most.

    With terms it lists what has no value for any of them, and gives them as null.
    """
    statement = Statement()
    back = mark is not None and mark.back
    way, sign = direction(back=back, newest=order.newest_first(terms))
    start = "" if mark is None else f" and rid {sign} {statement.bind(mark.rid, '::bigint')}"
    rest = shape.rest(driver)
    size = statement.bind(limit, "::bigint")
    bound = statement.bind(each(driver, limit, steps), "::bigint") if rest else size
    single = len(driver.ks) == 1
    k = statement.bind(driver.ks[0], "::bigint") if single else "u.k"
    rows = f"select rid from key where k = {k}{start} order by rid {way} limit {bound}"
    if not single:
        rows = _cut_even(statement, driver, rows, bound, down=way == "desc")
    where = statement.every(rest, "o.rid")
    distinct = "" if single else "distinct "
    nulls = "".join(f", null::text as s{i}" for i in range(len(terms)))
    text = (
        f"select {distinct}o.rid{nulls} from ({rows}) o where {where}"
        f" order by o.rid {way} limit {size}"
    )
    return Select(statement, text, len(terms))


def each(driver: Key, limit: int, steps: int) -> int:
    """How many rows of each key are walked."""
    return max(limit, steps // len(driver.ks))


def longer(key: Key, mark: Mark | None, steps: int, terms: tuple[Term, ...]) -> Select:
    """Whether any of the keys has ``steps`` rows or more from the mark on: it may be cut off."""
    statement = Statement()
    back = mark is not None and mark.back
    way, sign = direction(back=back, newest=order.newest_first(terms))
    start = "" if mark is None else f" and rid {sign} {statement.bind(mark.rid, '::bigint')}"
    keys = statement.bind(list(key.ks), "::bigint[]")
    bound = statement.bind(steps - 1, "::bigint")
    return Select(
        statement,
        f"select bool_or(o.n > 0) from unnest({keys}) u(k) cross join lateral (select count(*) as n"
        f" from (select 1 from key where key.k = u.k{start} order by rid {way}"
        f" offset {bound} limit 1) r) o",
    )


def _cut_even(statement: Statement, driver: Key, rows: str, bound: str, *, down: bool) -> str:
    """Rows of several keys, down to where the first of them was cut off: no gaps below that."""
    keys = statement.bind(list(driver.ks), "::bigint[]")
    last, first, sign = ("min", "max", ">=") if down else ("max", "min", "<=")
    return (
        f"with w as materialized (select u.k, o.rid from unnest({keys}) u(k)"
        f" cross join lateral ({rows}) o), c as (select {first}(g.rid) as rid from"
        f" (select {last}(rid) as rid from w group by k having count(*) >= {bound}) g)"
        f" select w.rid from w, c where c.rid is null or w.rid {sign} c.rid"
    )


class Select:
    """A select of ``rid`` (and sort columns) with the statement that binds its values."""

    def __init__(self, statement: Statement, text: str, columns: int = 0) -> None:
        self.statement = statement
        self.text = text
        self.columns = columns

    def bodies(self) -> str:
        """The page with the resources themselves."""
        values = "".join(f", p.s{i}" for i in range(self.columns))
        return (
            "select r.rid, r.type, r.id, textsend(r.body) as body, r.refs, r.patient, r.patients"
            f"{values} from ({self.text}) p cross join lateral (select * from resource"
            " where resource.rid = p.rid offset 0) r"
        )


def matching(shape: Shape, driver: Node | None, statement: Statement) -> str:
    """A select of ``rid``, each once: everything that matches.

    With a driver, it is listed and the rest is probed. Without one nothing is known to be small:
    the listable sets are intersected (hashed or merged, never probed), and the rest is probed.
    """
    if driver is not None:
        rest = shape.rest(driver)
        text = f"select distinct o.rid from ({statement.source(driver)}) o"
    else:
        wide = [one for one in shape.candidates if isinstance(one, Key | Range | Window | Str | Or)]
        wide = wide or shape.candidates
        rest = [part for part in shape.parts if not any(part is one for one in wide)]
        listed = " intersect ".join(f"({statement.source(one)})" for one in wide)
        text = f"select distinct o.rid from ({listed}) o"
    if rest:
        text += f" where {statement.every(rest, 'o.rid')}"
    return text


def gather(
    shape: Shape, driver: Node | None, terms: tuple[Term, ...], mark: Mark | None, limit: int
) -> Select:
    """Everything that matches, with its sort values, ordered, from the mark on."""
    statement = Statement()
    rows = matching(shape, driver, statement)
    back = mark is not None and mark.back
    values = ", ".join(f"{order.value(statement, t, 'm.rid')} as s{i}" for i, t in enumerate(terms))
    if terms:
        rows = f"select m.rid, {values} from ({rows} offset 0) m"
    where = "" if mark is None else f" where {order.after(statement, terms, mark)}"
    size = statement.bind(limit, "::bigint")
    text = f"select * from ({rows}) g{where} {order.order_by(terms, back=back)} limit {size}"
    return Select(statement, text, len(terms))


def total(shape: Shape, driver: Node | None) -> Select:
    """How many match."""
    statement = Statement()
    return Select(statement, f"select count(*) from ({matching(shape, driver, statement)}) m")
