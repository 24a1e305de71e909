"""Proof that the index rows agree with the bodies (``xinglin doctor --deep``).

All rows are made anew from the bodies and compared with the tables, in one snapshot.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from xinglin.cdr.index import stored
from xinglin.cdr.index.keys import PARAM_SHIFT, KeySpace
from xinglin.fhir.search import search_parameters

if TYPE_CHECKING:
    from collections.abc import Callable

    from xinglin.cdr.index.indexer import Indexer
    from xinglin.cdr.index.references import Name
    from xinglin.cdr.index.rows import Rows
    from xinglin.kernel.database import Connection, Database

_BATCH: Final = 1000
_EXAMPLES: Final = 10
_TABLES: Final = {
    "key": ("k",),
    "dat": ("k", "lo", "hi"),
    "num": ("k", "lo", "hi"),
    "str": ("k", "v", "x"),
    "pdate": ("k", "lo"),
}
_COLUMNS: Final = (
    "update resource set refs = $2, present = $3, patient = $4, patients = $5 where rid = $1"
)
_NEW: Final = (1 << 63) - 1


@dataclass(slots=True)
class Finding:
    """What is wrong in one table; ``examples`` name resources (and the parameter, where known)."""

    table: str
    missing: int = 0
    surplus: int = 0
    examples: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class Report:
    """What was compared, and what does not agree."""

    resources: int = 0
    rows: int = 0
    findings: list[Finding] = field(default_factory=list[Finding])

    @property
    def agrees(self) -> bool:
        """Whether every row is as it should be."""
        return not self.findings


async def check(
    db: Database,
    indexer: Indexer,
    progress: Callable[[int], None] = lambda _done: None,
    *,
    mend: bool = False,
) -> Report:
    """Compare everything. ``progress`` hears the number of resources done.

    ``mend`` puts right what is found; writers wait until it is done.
    """
    async with db.transaction(None if mend else "repeatable_read") as connection:
        run = _Run(connection, indexer, mend=mend)
        await run.prepare()
        at = _NEW
        while batch := await stored.fetch(connection, stored.ALL, at, _BATCH):
            at = batch[-1].rid
            await run.derive(batch)
            progress(run.report.resources)
        return await run.finish()


class _Run:
    """One comparison."""

    def __init__(self, connection: Connection, indexer: Indexer, *, mend: bool) -> None:
        self.mend = mend
        self.connection = connection
        self.indexer = indexer
        self.report = Report()
        self.columns = Finding("resource")

    async def prepare(self) -> None:
        if self.mend:
            await self.connection.execute("lock table resource in share row exclusive mode")
        for table in _TABLES:
            await self.connection.execute(
                f"create temp table wanted_{table} (like {table}) on commit drop"
            )

    async def derive(self, batch: list[stored.Stored]) -> None:
        """Note the rows that these resources should have."""
        known = await stored.numbers(self.connection, stored.names(self.indexer, batch))
        wanted: dict[str, list[tuple[Any, ...]]] = {table: [] for table in _TABLES}
        for one in batch:
            rows = await self.rows(one, known)
            if rows is not None:
                for table, records in wanted.items():
                    records.extend(_records(rows, table, one.rid))
        for table, records in wanted.items():
            if records:
                await self.connection.copy_records_to_table(
                    f"wanted_{table}", records=records, columns=[*_TABLES[table], "rid"]
                )

    async def rows(self, one: stored.Stored, known: dict[Name, int]) -> Rows | None:
        name = "/".join(one.name)
        try:
            rows = stored.expected(self.indexer, one, known)
        except KeyError as error:
            self.columns.missing += 1
            _note(self.columns, f"{name}: nothing has the name {error.args[0]}")
            return None
        self.report.resources += 1
        self.report.rows += rows.count()
        wrong = not one.deleted and (rows.refs != one.refs or rows.present != one.present)
        patient = rows.patient(one.rid)
        if wrong or patient != (one.patient, one.patients):
            self.columns.missing += 1
            _note(self.columns, f"{name}: {'refs or present' if wrong else 'patient'}")
            if self.mend:
                await self.connection.execute(_COLUMNS, one.rid, rows.refs, rows.present, *patient)
        return rows

    async def finish(self) -> Report:
        findings = [self.columns, *[await _compare(self.connection, table) for table in _TABLES]]
        if self.mend:
            for one in findings[1:]:
                await self._put_right(one)
        self.report.findings = [one for one in findings if one.missing or one.surplus]
        return self.report

    async def _put_right(self, finding: Finding) -> None:
        table, columns = finding.table, (*_TABLES[finding.table], "rid")
        same = " and ".join(f"a.{name} = b.{name}" for name in columns)
        if finding.surplus:
            await self.connection.execute(
                f"delete from {table} a where not exists "
                f"(select from wanted_{table} b where {same})"
            )
        if finding.missing:
            names = ", ".join(columns)
            await self.connection.execute(
                f"insert into {table} ({names}) select {names} from wanted_{table} "
                "on conflict do nothing"
            )


def _records(rows: Rows, table: str, rid: int) -> list[tuple[Any, ...]]:
    if table == "key":
        return [(k, rid) for k in rows.key]
    found: set[tuple[Any, ...]] = getattr(rows, table)
    return [(*row, rid) for row in found]


async def _compare(connection: Connection, table: str) -> Finding:
    finding = Finding(table)
    await connection.execute(f"analyze wanted_{table}")
    columns = (*_TABLES[table], "rid")
    same = " and ".join(f"a.{name} = b.{name}" for name in columns)
    for kind, one, other in (
        ("missing", f"wanted_{table}", table),
        ("surplus", table, f"wanted_{table}"),
    ):
        query = f"from {one} a where not exists (select from {other} b where {same})"
        count = await connection.fetchval(f"select count(*) {query}")
        setattr(finding, kind, count)
        if count:
            rows = await connection.fetch(
                f"select a.k, r.type, r.id from (select * {query} limit {_EXAMPLES}) a "
                "left join resource r on r.rid = a.rid"
            )
            for row in rows:
                _note(finding, _describe(kind, row["k"], row["type"], row["id"]))
    return finding


def _describe(kind: str, k: int, type_: int | None, id_: str | None) -> str:
    name = "no resource" if type_ is None else f"{search_parameters().type_name(type_)}/{id_}"
    if k < 0:
        return f"{kind} {name}"
    param = search_parameters().by_id(KeySpace.unpack(k)[0])
    return f"{kind} {name}: {param.code if param else k >> PARAM_SHIFT}"


def _note(finding: Finding, text: str) -> None:
    if len(finding.examples) < _EXAMPLES:
        finding.examples.append(text)
