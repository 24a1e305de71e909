"""The statements that write one resource: scalars where the others have arrays, which cost more.

Layout: migrations/0001_core.sql; the statements for many, with the same meaning, are in
`statements`.
"""

from __future__ import annotations

from functools import lru_cache

from xinglin.cdr.index import HOME, PARAM_SHIFT

from .statements import TABLES, delete

# Tables that have an index by rid, and of which a tombstone keeps nothing.
BY_RID = frozenset(("dat", "num", "str"))
_HOME = f"{HOME << PARAM_SHIFT}::bigint"


def _rows(table: str, first: int) -> tuple[str, str, int]:
    """(its columns but rid, the rows of its parameters, the next parameter)."""
    columns = TABLES[table][:-1]
    names = ", ".join(name for name, _ in columns)
    arrays = ", ".join(f"${first + n}::text::{type_}[]" for n, (_, type_) in enumerate(columns))
    return names, f"unnest({arrays}) as x({names})", first + len(columns)


def _related(first: int, *, replace: bool) -> list[str]:
    """Store who has to do with the patient, as the resource says; five columns and what is kept.

    Not deleted and inserted again: one statement may touch a row only once.
    """
    columns = ("bigint", "bigint", "smallint", "timestamptz", "timestamptz")
    arrays = ", ".join(f"${first + n}::text::{type_}[]" for n, type_ in enumerate(columns))
    rows = f"unnest({arrays}) as x(unit, patient, kind, since, until)"
    kept = f"${first + 5}::smallint"
    insert = "insert into relation (unit, patient, kind, since, until, source) "
    if not replace:
        return [f"ir as ({insert}select x.*, $4 from {rows} where {kept} is not null)"]
    gone = (
        f"dr as (delete from relation r where r.source = $4 and r.kind <> {kept} "
        f"and exists (select from u) and not exists (select from {rows} "
        "where x.unit = r.unit and x.patient = r.patient and x.kind = r.kind))"
    )
    new = (
        f"ir as ({insert}select x.*, u.rid from u, {rows} "
        "on conflict (unit, patient, kind, source) "
        "do update set since = excluded.since, until = excluded.until)"
    )
    return [gone, new]


@lru_cache(maxsize=64)
def create(tables: tuple[str, ...], *, by_encounter: bool, related: bool = False) -> str:
    """Insert a resource that has no row yet.

    Parameters: at, plan, node, rid, type, id, home, encounter, refs, present, body, patient,
    patients; then the columns of each table, without rid; then those of `_related`.
    """
    home = "$7::bigint"
    if by_encounter:
        home = "coalesce((select e.home from resource e where e.rid = $8), $7::bigint)"
    parts = [
        (
            "n as (insert into resource "
            "(rid, type, id, ver, updated, home, plan, refs, present, body, patient, patients) "
            f"select $4::bigint, $5::smallint, $6::text, 1, $1::timestamptz, {home}, $2::smallint, "
            "$9::text::bigint[], $10::bigint, $11::text, $12::bigint, "
            "$13::text::bigint[] where $8::bigint is null or true "
            "returning rid, home)"
        ),
        (
            "c as (insert into change (node, type, rid, ver, op, at) "
            "values ($3::smallint, $5, $4, 1, 'C', $1))"
        ),
    ]
    if by_encounter:
        parts.append(
            f"nk as (insert into key (k, rid) select {_HOME} | home, rid from n "
            "where home is not null)"
        )
    first = 14
    for table in tables:
        names, rows, first = _rows(table, first)
        parts.append(f"i{table} as (insert into {table} ({names}, rid) select x.*, $4 from {rows})")
    if related:
        parts += _related(first, replace=False)
    return "with " + ",\n".join(parts) + "\nselect rid from n"


@lru_cache(maxsize=1024)
def change(
    gone: tuple[str, ...],
    new: tuple[str, ...],
    *,
    by_encounter: bool,
    buried: bool,
    related: bool = False,
) -> str:
    """Supersede, delete or bring to life a resource where it has the old version.

    Answers its rid; nothing where it lost a race. Parameters: at, plan, node, rid, old, deleted,
    home, encounter, refs, present, body, op, patient, patients; then rows to remove by table,
    then rows to add; then the columns of `_related`.
    ``buried``: it is a deletion, so that tables with an index by rid lose all its rows unnamed.
    """
    home = "$7::bigint"
    if by_encounter:
        home = "coalesce((select e.home from resource e where e.rid = $8), $7::bigint)"
    parts = [
        (
            "u as (update resource r set ver = $5::integer + 1, updated = $1::timestamptz, "
            f"deleted = $6::boolean, home = {home}, plan = $2::smallint, "
            "refs = $9::text::bigint[], present = $10::bigint, body = $11::text, "
            "patient = $13::bigint, patients = $14::text::bigint[] "
            "where r.rid = $4::bigint and r.ver = $5 and r.node = 0 "
            "and ($8::bigint is null or true) returning r.rid, r.type, r.ver, r.home)"
        ),
        (
            "h as (insert into history (rid, ver, updated, op, home, body) "
            "select r.rid, r.ver, r.updated, "
            "(case when r.deleted then 'D' when r.ver = 1 then 'C' when exists (select from "
            "history p where p.rid = r.rid and p.ver = r.ver - 1 and p.op = 'D') then 'C' "
            "else 'U' end)"
            '::"char", r.home, r.body '
            "from u join resource r on r.rid = u.rid and r.ver = $5 where $5 > 0)"
        ),
        (
            "c as (insert into change (node, type, rid, ver, op, at) "
            'select $3::smallint, type, rid, ver, $12::"char", $1 from u)'
        ),
    ]
    if by_encounter:
        parts.append(
            f"nk as (insert into key (k, rid) select {_HOME} | home, rid from u "
            "where home is not null)"
        )
    first = 15
    for table in gone:
        if buried and table in BY_RID:
            parts.append(
                f"d{table} as (delete from {table} t where t.rid = $4 and exists (select from u))"
            )
            continue
        _, rows, first = _rows(table, first)
        parts.append(f"d{table} as ({delete(table, rows, '$4')})")
    for table in new:
        names, rows, first = _rows(table, first)
        parts.append(
            f"i{table} as (insert into {table} ({names}, rid) select x.*, u.rid from u, {rows})"
        )
    if related:
        parts += _related(first, replace=True)
    return "with " + ",\n".join(parts) + "\nselect rid from u"
