"""Walks an index in the order that was asked for, and probes the rest.

The date of a patient's resources has an order of its own (``pdate``): a patient with 200,000
results costs the same as one with 20. Measured in docs/explanation/cdr.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from xinglin.cdr.index.keys import TYPE

from . import order, ranging
from .compare import DAY
from .ir import And, Key, Not, Range, Valued
from .plan import Select, Shape, direction
from .sql import SHIFT, Statement

if TYPE_CHECKING:
    from .ir import Node
    from .order import Mark, Term


class Index(NamedTuple):
    """Where an order lies: table, column of the order, column and value of the key.

    ``second`` is the column by which rows of one resource with the same value differ. ``low`` and
    ``high`` bound the walk, where a condition on the same values does. ``others`` are further keys
    whose rows are merged into the order.
    """

    table: str
    column: str
    key: str
    k: int
    second: str = ""
    low: int | None = None
    high: int | None = None
    others: tuple[int, ...] = ()


_INDEXES = {
    "dat": ("dat", "lo", "k", "hi"),
    "num": ("num", "lo", "k", "hi"),
    "str": ("str", "v", "k", "x"),
    "updated": ("change", "at", "type", "ver"),
    "id": ("resource", "id", "type", ""),
}


def index(shape: Shape, term: Term, clinical: tuple[int, int] | None) -> Index | None:
    """The index in the order of a term; None where there is none.

    ``clinical`` is (parameter of the patient, key of the date) of the type: where a patient is
    asked for and the order is that date, the patient's own order is walked.
    """
    if term.kind not in _INDEXES or (len(term.ks) != 1 and term.kind != "updated"):
        return None
    table, column, key, second = _INDEXES[term.kind]
    found = Index(table, column, key, term.ks[0], second, others=term.ks[1:])
    if term.kind != "dat":
        return found
    if clinical is not None and term.ks[0] == clinical[1]:
        for part in shape.parts:
            if isinstance(part, Key) and len(part.ks) == 1 and part.ks[0] >> SHIFT == clinical[0]:
                found = Index("pdate", "lo", "k", part.ks[0])
    return _bounded(shape, term, found)


def _bounded(shape: Shape, term: Term, found: Index) -> Index:
    """Conditions on the same date that bound its start."""
    limits = ranging.bounds(_tests(shape, term))
    low = None if limits.low is None else int(limits.low)
    return found._replace(low=low, high=None if limits.high is None else int(limits.high))


def _tests(shape: Shape, term: Term) -> tuple[Range, ...]:
    found = (one for part in shape.parts for one in ranging.ranges(part))
    return tuple(one for one in found if one.table == "dat" and one.ks == term.ks)


def opened(shape: Shape, term: Term) -> Range | None:
    """A condition "from then on" on the same date: it bounds the walk if no period reaches in."""
    tests = _tests(shape, term)
    return next((one for one in tests if one.op in {"ge", "gt"}), None)


def reaching(part: Range) -> Select:
    """Whether a period of a day or more began well before the date and reaches it."""
    statement = Statement()
    keys = statement.keys(part.ks)
    start = statement.bind(int(part.low), "::bigint")
    text = (
        f"select exists (select 1 from dat where {keys} and hi >= lo + {DAY} and hi >= {start}"
        f" and lo < {start})"
    )
    return Select(statement, text)


def since(found: Index, part: Range) -> Index:
    """The index from the condition on, where no wide period reaches in."""
    low = int(part.low) - DAY
    return found._replace(low=low if found.low is None else max(found.low, low))


def walk(
    shape: Shape, found: Index, terms: tuple[Term, ...], mark: Mark | None, sizes: tuple[int, int]
) -> Select:
    """Walks at most ``sizes[1]`` rows for ``sizes[0]`` matches.

    Resources without a value are not met: ``valueless`` says which they are.
    """
    first = terms[0]
    statement = Statement()
    back = mark is not None and mark.back
    inner = _rows(statement, found, first, mark, sizes[1])
    parts = [part for part in shape.parts if not _sure(part, found)]
    where = f"{statement.every(parts, 'o.rid')} and {_counts(statement, found, first)}"
    rest = "".join(
        f", {order.value(statement, term, 'o.rid')} as s{i + 1}" for i, term in enumerate(terms[1:])
    )
    text = f"select o.rid, o.s0{rest} from ({inner}) o where {where}"
    where = "" if mark is None else f" where {order.after(statement, terms, mark)}"
    size = statement.bind(sizes[0], "::bigint")
    ordered = order.order_by(terms, back=back, walked=True)
    text = f"select * from ({text}) g{where} {ordered} limit {size}"
    return Select(statement, text, len(terms))


def _sure(part: Node, found: Index) -> bool:
    """Whether every row of the index says this already: its patient, its type."""
    if not isinstance(part, Key) or len(part.ks) != 1:
        return False
    if found.table == "pdate" and part.ks[0] == found.k:
        return True
    return found.key == "k" and part.ks[0] >> SHIFT == TYPE


def _counts(statement: Statement, found: Index, first: Term) -> str:
    """Of several values of a resource only the one counts that it sorts by, and that once."""
    if found.table == "resource":
        return "true"
    if found.table == "change":
        return "(select true from resource where rid = o.rid and ver = o.second)"
    value = f"o.s0 = {order.value(statement, first, 'o.rid')}"
    if not found.second:
        return value
    k = statement.bind(found.k, "::bigint")
    return (
        f"{value} and o.second = (select min({found.second}) from {found.table}"
        f" where rid = o.rid and k = {k} and {found.column} = o.s0)"
    )


def goes_on(found: Index, first: Term, mark: Mark | None, steps: int) -> Select:
    """Whether the index has more than ``steps`` rows from the mark on."""
    statement = Statement()
    if found.others:
        ks = statement.bind([found.k, *found.others], "::bigint[]")
        rows = _one(statement, found, first, mark, (each(found, steps), "u.k"))
        full = statement.bind(each(found, steps), "::bigint")
        text = f"select exists (select 1 from unnest({ks}) u(k) cross join lateral (select count(*)"
        return Select(statement, f"{text} as n from ({rows}) r) o where o.n >= {full})")
    rows = _rows(statement, found, first, mark, steps + 1)
    bound = statement.bind(steps, "::bigint")
    return Select(statement, f"select count(*) > {bound} from ({rows}) o")


def each(found: Index, steps: int) -> int:
    """How many rows of each key are walked."""
    return max(1, steps // (1 + len(found.others)))


def _rows(statement: Statement, found: Index, first: Term, mark: Mark | None, steps: int) -> str:
    """The first ``steps`` rows (rid, s0, second) of the index, from the mark on."""
    if found.others:
        return _merged(statement, found, first, mark, each(found, steps))
    k = statement.bind(found.k, "::bigint")
    return _one(statement, found, first, mark, (steps, k))


def _merged(statement: Statement, found: Index, first: Term, mark: Mark | None, steps: int) -> str:
    """Rows of several keys, down to where the first of them was cut off: no gaps before that."""
    way, _ = direction(back=mark is not None and mark.back, newest=first.descending)
    against, sign = ("asc", ">=") if way == "desc" else ("desc", "<=")
    ks = statement.bind([found.k, *found.others], "::bigint[]")
    rows = _one(statement, found, first, mark, (steps, "u.k"))
    full = statement.bind(steps, "::bigint")
    return (
        f"with w as materialized (select u.k, o.* from unnest({ks}) u(k) cross join lateral"
        f" ({rows}) o), l as (select distinct on (w.k) w.s0, w.rid, count(*) over"
        f" (partition by w.k) as n from w order by w.k, w.s0 {against}, w.rid {against}),"
        f" c as (select l.s0, l.rid from l where l.n >= {full} order by l.s0 {way}, l.rid {way}"
        " limit 1) select w.rid, w.s0, w.second from w where not exists (select 1 from c)"
        f" or (w.s0, w.rid) {sign} (select c.s0, c.rid from c)"
    )


def _one(
    statement: Statement, found: Index, first: Term, mark: Mark | None, walked: tuple[int, str]
) -> str:
    """The first rows of one key: ``walked`` is how many, and the key as SQL."""
    way, _ = direction(back=mark is not None and mark.back, newest=first.descending)
    column = found.column
    second = f", {found.second} as second" if found.second else ""
    text = f"select rid, {column} as s0{second} from {found.table}"
    text += f" where {found.key} = {walked[1]}"
    if mark is not None:
        bound = statement.bind(mark.values[0], order.CASTS.get(first.kind, "::text"))
        text += f" and {column} {'<=' if way == 'desc' else '>='} {bound}"
    if found.low is not None:
        text += f" and {column} >= {statement.bind(found.low, '::bigint')}"
    if found.high is not None:
        text += f" and {column} <= {statement.bind(found.high, '::bigint')}"
    return (
        f"{text} order by {column} {way}, rid {way} limit {statement.bind(walked[0], '::bigint')}"
    )


def valueless(shape: Shape, terms: tuple[Term, ...]) -> Shape | None:
    """The part of a search that has no value for its only term; None where that is not known."""
    first = terms[0]
    if len(terms) > 1 or first.kind not in {"dat", "num", "str"}:
        return None
    valued = Valued(cast("Any", first.kind), first.ks)
    return Shape(And((*shape.parts, Not(valued))))
