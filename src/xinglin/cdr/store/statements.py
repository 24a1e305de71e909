"""The statements that write: one for any number of new resources, one for any number of changes.

Layout: migrations/0001_core.sql. Every array has one element a row; tables without rows are left
out of the text, so that a small write does not pay for them. Arrays are bound as text (`literals`).
"""

from __future__ import annotations

from functools import lru_cache

from xinglin.cdr.index import HOME, PARAM_SHIFT

# Per index table: its columns and their array types; the last column is always rid.
TABLES: dict[str, tuple[tuple[str, str], ...]] = {
    "key": (("k", "bigint"), ("rid", "bigint")),
    "dat": (("k", "bigint"), ("lo", "bigint"), ("hi", "bigint"), ("rid", "bigint")),
    "num": (("k", "bigint"), ("lo", "numeric"), ("hi", "numeric"), ("rid", "bigint")),
    "str": (("k", "bigint"), ("v", "text"), ("x", "bigint"), ("rid", "bigint")),
    "pdate": (("k", "bigint"), ("lo", "bigint"), ("rid", "bigint")),
}

# Bound as arrays all the same: long texts, which are not copied once more.
NATIVE = frozenset(("id", "refs", "body", "patients"))

_WRITES = {
    "rid": "bigint",
    "type": "smallint",
    "id": "text",
    "home": "bigint",
    "encounter": "bigint",
    "refs": "text",
    "present": "bigint",
    "body": "text",
    "patient": "bigint",
    "patients": "text",
}
_CHANGES = {
    "rid": "bigint",
    "old": "integer",
    "deleted": "boolean",
    "home": "bigint",
    "encounter": "bigint",
    "refs": "text",
    "present": "bigint",
    "body": "text",
    "op": '"char"',
    "patient": "bigint",
    "patients": "text",
}


# A subquery: a join that was planned while the table was small would go on reading it whole.
_HOME_OF = "coalesce((select e.home from resource e where e.rid = w.encounter), w.home)"


class _Text:
    """A statement under construction, with its parameters numbered."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.count = 0

    def parameter(self, type_: str) -> str:
        self.count += 1
        return f"${self.count}::{type_}"

    def rows(self, columns: dict[str, str] | tuple[tuple[str, str], ...], alias: str) -> str:
        pairs = list(columns.items()) if isinstance(columns, dict) else list(columns)
        arrays = ", ".join(
            self.parameter(f"{type_}[]" if name in NATIVE else f"text::{type_}[]")
            for name, type_ in pairs
        )
        return f"unnest({arrays}) as {alias}({', '.join(name for name, _ in pairs)})"

    def add(self, name: str, text: str) -> None:
        self.parts.append(f"{name} as ({text})")

    def end(self, select: str) -> str:
        return "with " + ",\n".join(self.parts) + "\n" + select


@lru_cache(maxsize=256)
def create(tables: tuple[str, ...], *, by_encounter: bool) -> str:
    """Insert resources that have no row yet, with their changes and index rows.

    Parameters: at, plan, node; the arrays of the resources; those of each table.
    ``by_encounter``: some take the home of the encounter they name (a row of its own, not new).
    """
    text = _Text()
    at, plan, node = (text.parameter(t) for t in ("timestamptz", "smallint", "smallint"))
    text.add("w", f"select * from {text.rows(_WRITES, 'w')}")
    home_of = "w.home"
    if by_encounter:
        home_of = _HOME_OF
    text.add(
        "n",
        "insert into resource "
        "(rid, type, id, ver, updated, home, plan, refs, present, body, patient, patients) "
        f"select w.rid, w.type, w.id, 1, {at}, {home_of}, {plan}, w.refs::bigint[], w.present, "
        "w.body, w.patient, w.patients::bigint[] from w returning rid, home",
    )
    if by_encounter:
        joined = "n join w on w.rid = n.rid where w.encounter is not null"
        text.add("nk", _home_key(joined, "n"))
    text.add(
        "c",
        "insert into change (node, type, rid, ver, op, at) "
        f"select {node}, type, rid, 1, 'C', {at} from w",
    )
    for table in tables:
        columns = ", ".join(name for name, _ in TABLES[table])
        rows = text.rows(TABLES[table], "x")
        text.add(f"i{table}", f"insert into {table} ({columns}) select * from {rows}")
    return text.end("select rid from w")


@lru_cache(maxsize=1024)
def change(gone: tuple[str, ...], new: tuple[str, ...], *, by_encounter: bool) -> str:
    """Supersede, delete or bring to life resources that have a row, where it has the old version.

    Answers the rids that were written; what is missing lost a race. Parameters as in `create`,
    then the arrays of rows to remove by table, then of rows to add.
    """
    text = _Text()
    at, plan, node = (text.parameter(t) for t in ("timestamptz", "smallint", "smallint"))
    text.add("w", f"select * from {text.rows(_CHANGES, 'w')}")
    home_of = _HOME_OF if by_encounter else "w.home"
    text.add(
        "u",
        f"update resource r set ver = w.old + 1, updated = {at}, deleted = w.deleted, "
        f"home = {home_of}, plan = {plan}, refs = w.refs::bigint[], "
        "present = w.present, body = w.body, patient = w.patient, patients = w.patients::bigint[] "
        "from w where r.rid = w.rid and r.ver = w.old and r.node = 0 "
        "returning r.rid, r.type, r.ver, r.home, w.op, w.old, w.encounter",
    )
    if by_encounter:
        text.add("nk", _home_key("u where u.encounter is not null", "u"))
    text.add(
        "h",
        "insert into history (rid, ver, updated, op, home, body) "
        "select r.rid, r.ver, r.updated, "
        "(case when r.deleted then 'D' when r.ver = 1 then 'C' when exists (select from history p "
        "where p.rid = r.rid and p.ver = r.ver - 1 and p.op = 'D') then 'C' else 'U' end)"
        '::"char", r.home, r.body '
        "from u join resource r on r.rid = u.rid and r.ver = u.old where u.old > 0",
    )
    text.add(
        "c",
        "insert into change (node, type, rid, ver, op, at) "
        f"select {node}, type, rid, ver, op, {at} from u",
    )
    for table in gone:
        text.add(f"d{table}", delete(table, text.rows(TABLES[table], "x"), "x.rid"))
    for table in new:
        columns = ", ".join(name for name, _ in TABLES[table])
        rows = text.rows(TABLES[table], "x")
        text.add(
            f"i{table}",
            f"insert into {table} ({columns}) select x.* from {rows} join u on u.rid = x.rid",
        )
    return text.end("select rid from u")


def delete(table: str, rows: str, rid: str) -> str:
    """Delete rows of an index table, each found by its whole primary key.

    By ctid, so that no plan made while the tables were small can walk an index for the rid alone.
    """
    names = [name for name, _ in TABLES[table][:-1]]
    same = " and ".join(f"i.{name} = x.{name}" for name in names)
    return (
        f"delete from {table} t where t.ctid = any(array(select "
        f"(select i.ctid from {table} i where {same} and i.rid = {rid}) from {rows})) "
        "and exists (select from u)"
    )


def _home_key(source: str, alias: str) -> str:
    return (
        f"insert into key (k, rid) "
        f"select {HOME << PARAM_SHIFT}::bigint | {alias}.home, {alias}.rid "
        f"from {source} and {alias}.home is not null"
    )
