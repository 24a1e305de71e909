"""Chooses how a search runs: which part drives, whether to walk an order or to gather and sort.

Measured reasons are in docs/explanation/cdr.md. The planner of PostgreSQL is not asked: its
statistics do not know the skew of clinical keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from . import order
from .ir import Always, And, Key, Node, Not, Or, Range, Rids, Str, Valued
from .sql import EPOCH, Statement, listable

if TYPE_CHECKING:
    from .order import Mark, Term

SPARSE: Final = 400
"""A driver below this many rows is gathered; counting that far costs some 40 µs."""
STEPS: Final = 4000
"""How many rows of a dense driver are walked before its sets are intersected instead."""


class Shape:
    """The parts of a conjunction, and how many rows each would give."""

    def __init__(self, node: Node) -> None:
        self.parts: tuple[Node, ...] = node.parts if isinstance(node, And) else (node,)
        if isinstance(node, Always):
            self.parts = ()
        self.candidates = [part for part in self.parts if listable(part)]

    @property
    def obvious(self) -> Node | None:
        """The only way to drive, where there is no choice."""
        if len(self.candidates) == 1 and len(self.parts) == 1:
            return self.candidates[0]
        return next((one for one in self.candidates if isinstance(one, Rids)), None)

    def rest(self, driver: Node) -> list[Node]:
        """What is probed when ``driver`` drives."""
        return [part for part in self.parts if part is not driver]


def counts(candidates: list[Node], cap: int) -> tuple[str, list[object]]:
    """One statement that counts what each candidate would give, up to ``cap``."""
    statement = Statement()
    columns: list[str] = []
    for part in candidates:
        limit = statement.bind(cap, "::bigint")
        columns.append(
            f"(select count(*) from (select 1 from ({statement.source(part)}) s limit {limit}) c)"
        )
    return "select " + ", ".join(columns), statement.args


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
    bound = statement.bind(max(limit, steps // len(driver.ks)), "::bigint") if rest else size
    single = len(driver.ks) == 1
    k = statement.bind(driver.ks[0], "::bigint") if single else "u.k"
    rows = f"select rid from key where k = {k}{start} order by rid {way} limit {bound}"
    if not single:
        rows = _cut_even(statement, driver, rows, bound, down=way == "desc")
    where = " and ".join(statement.probe(part, "o.rid") for part in rest) or "true"
    distinct = "" if single else "distinct "
    text = f"select {distinct}o.rid from ({rows}) o where {where} order by o.rid {way} limit {size}"
    return Select(statement, text)


def longer(key: Key, mark: Mark | None, steps: int, terms: tuple[Term, ...]) -> Select:
    """Whether any of the keys has more than ``steps`` rows from the mark on."""
    statement = Statement()
    back = mark is not None and mark.back
    way, sign = direction(back=back, newest=order.newest_first(terms))
    start = "" if mark is None else f" and rid {sign} {statement.bind(mark.rid, '::bigint')}"
    keys = statement.bind(list(key.ks), "::bigint[]")
    bound = statement.bind(steps, "::bigint")
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
            "select r.rid, r.type, r.id, textsend(r.body) as body, r.refs"
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
        wide = [one for one in shape.candidates if isinstance(one, Key | Range | Str | Or)]
        wide = wide or shape.candidates
        rest = [part for part in shape.parts if not any(part is one for one in wide)]
        listed = " intersect ".join(f"({statement.source(one)})" for one in wide)
        text = f"select distinct o.rid from ({listed}) o"
    if rest:
        text += " where " + " and ".join(statement.probe(one, "o.rid") for one in rest)
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


def sorted_walk(
    shape: Shape, terms: tuple[Term, ...], mark: Mark | None, limit: int, steps: int
) -> Select:
    """Walks the index of the first term in its order and probes everything, ``steps`` rows at most.

    Resources without a value are not met: ``valueless`` says which they are.
    """
    first = terms[0]
    statement = Statement()
    inner = _ordered(statement, first, mark, steps)
    probes = [statement.probe(part, "o.rid") for part in shape.parts]
    # Of several values only the one that the resource sorts by counts.
    probes.append(f"o.s0 = {order.value(statement, first, 'o.rid')}")
    rest = "".join(
        f", {order.value(statement, term, 'o.rid')} as s{i + 1}" for i, term in enumerate(terms[1:])
    )
    text = f"select distinct o.rid, o.s0{rest} from ({inner}) o where {' and '.join(probes)}"
    where = "" if mark is None else f" where {order.after(statement, terms, mark)}"
    size = statement.bind(limit, "::bigint")
    back = mark is not None and mark.back
    text = f"select * from ({text}) g{where} {order.order_by(terms, back=back)} limit {size}"
    return Select(statement, text, len(terms))


def goes_on(first: Term, mark: Mark | None, steps: int) -> Select:
    """Whether the index of the first term has more than ``steps`` rows from the mark on."""
    statement = Statement()
    rows = _ordered(statement, first, mark, steps + 1)
    return Select(
        statement, f"select count(*) > {statement.bind(steps, '::bigint')} from ({rows}) o"
    )


def _ordered(statement: Statement, first: Term, mark: Mark | None, steps: int) -> str:
    """The first ``steps`` rows (rid, s0) of the index of a term, from the mark on."""
    back = mark is not None and mark.back
    way, _ = direction(back=back, newest=first.descending)
    table, value, column, where = {
        "dat": ("dat", "lo", "lo", "k"),
        "num": ("num", "lo", "lo", "k"),
        "str": ("str", "v", "v", "k"),
        "updated": ("change", order.micros("at"), "at", "type"),
        "id": ("resource", "id", "id", "type"),
    }[first.kind]
    text = f"select rid, {value} as s0 from {table}"
    text += f" where {where} = {statement.bind(first.ks[0], '::bigint')}"
    if mark is not None:
        bound = statement.bind(mark.values[0], order.CASTS.get(first.kind, "::text"))
        if first.kind == "updated":
            bound = f"({EPOCH} + {bound} * interval '1 microsecond')"
        text += f" and {column} {'<=' if way == 'desc' else '>='} {bound}"
    return f"{text} order by {column} {way}, rid {way} limit {statement.bind(steps, '::bigint')}"


def walkable(term: Term) -> bool:
    """Whether there is an index in the order of the term."""
    return len(term.ks) == 1 and term.kind in {"dat", "num", "str", "updated", "id"}


def valueless(shape: Shape, terms: tuple[Term, ...]) -> Shape | None:
    """The part of a search that has no value for its only term; None where that is not known."""
    first = terms[0]
    if len(terms) > 1 or first.kind not in {"dat", "num", "str"}:
        return None
    valued = Valued(cast("Any", first.kind), first.ks)
    return Shape(And((*shape.parts, Not(valued))))
