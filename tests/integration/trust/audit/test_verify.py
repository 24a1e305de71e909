"""Each way to tamper with the trail, done with SQL by a superuser, is found and named."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg
import msgspec
import pytest
from tests.integration.trust.audit.conftest import CHAIN, Superuser, opened, read_of, verified

from xinglin.trust.audit import Event, chain, heads

if TYPE_CHECKING:
    from pathlib import Path

    from xinglin.kernel.database import Database
    from xinglin.trust.audit.verify import Report

pytestmark = pytest.mark.usefixtures("written")


def told(report: Report) -> list[tuple[str, int, int]]:
    assert all(one.writer == CHAIN for one in report.findings)
    assert all(f"chain {CHAIN}" in one.en for one in report.findings)
    return [(one.wrong, one.first, one.last) for one in report.findings]


async def test_an_untouched_trail_is_fine_and_wholly_anchored(db: Database, data: Path) -> None:
    report = await verified(db, data)
    assert report.fine, report.findings
    assert [(one.rows, one.anchored, one.open) for one in report.chains] == [(22, 22, 0)]


@pytest.mark.parametrize(
    "statement",
    ["update audit set keys = '{}'", "delete from audit where seq = 3", "truncate audit"],
)
async def test_a_statement_alone_changes_nothing(db: Database, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await db.execute(statement)


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (
            "update audit set entries = replace(entries, 'zhang', 'wang') where seq = 9",
            ("edited", 9),
        ),
        ("update audit set at = at - interval '1 day' where seq = 9", ("edited", 9)),
        ("update audit set keys = '{5}' where seq = 9", ("edited", 9)),
        ("update audit set entries = 'nonsense' where seq = 9", ("edited", 9)),
        ("delete from audit where seq = 9", ("deleted", 9)),
        ("delete from audit where seq = 22", ("deleted", 22)),
    ],
)
async def test_one_row(
    db: Database, data: Path, superuser: Superuser, statement: str, found: tuple[str, int]
) -> None:
    await superuser.does(statement)
    wrong, row = found
    assert told(await verified(db, data)) == [(wrong, row, row)]


async def test_several_rows_and_all(db: Database, data: Path, superuser: Superuser) -> None:
    await superuser.does("delete from audit where seq between 5 and 7 or seq > 18")
    assert told(await verified(db, data)) == [("deleted", 5, 7), ("deleted", 19, 22)]
    await superuser.does("delete from audit")
    assert told(await verified(db, data)) == [("deleted", 1, 22)]


async def test_a_row_edited_together_with_its_own_hash(
    db: Database, data: Path, superuser: Superuser
) -> None:
    rows = await db.fetch("select hash, entries from audit where seq in (8, 9) order by seq")
    entry = rows[1]["entries"].replace("zhang", "wang")
    hash_ = chain.following(rows[0]["hash"], entry.encode())
    await superuser.does("update audit set entries = $1, hash = $2 where seq = 9", entry, hash_)
    assert told(await verified(db, data)) == [("edited", 9, 9)]


async def test_rows_that_changed_places(db: Database, data: Path, superuser: Superuser) -> None:
    await superuser.does(
        "update audit a set entries = b.entries, hash = b.hash, at = b.at from audit b"
        " where (a.seq, b.seq) in ((9, 12), (12, 9))"
    )
    found = told(await verified(db, data))
    assert ("reordered", 9, 9) in found
    assert ("reordered", 12, 12) in found


async def opened_with_batches(db: Database, data: Path) -> None:
    """Rows 23 to 26: start, and three that became durable together."""
    trail = await opened(db, data)
    trail.writer.running = lambda: 3
    await asyncio.gather(*(trail.record(read_of(number)) for number in (60, 61, 62)))
    await trail.close()


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("replace(entries, 'p61', 'p99')", [("edited", 25, 25)]),
        ("regexp_replace(entries, '\\n[^\\n]*\\n', E'\\n')", [("deleted", 25, 25)]),
        (
            "concat_ws(E'\\n', split_part(entries, E'\\n', 2), split_part(entries, E'\\n', 1))",
            [("reordered", 24, 26)],
        ),
        ("entries || E'\\n' || split_part(entries, E'\\n', 3)", [("reordered", 24, 26)]),
    ],
)
async def test_inside_a_segment_of_rows_that_became_durable_together(
    db: Database, data: Path, superuser: Superuser, change: str, found: list[tuple[str, int, int]]
) -> None:
    await opened_with_batches(db, data)
    assert (await verified(db, data)).fine
    await superuser.does(f"update audit set entries = {change} where first = 24 and seq = 26")
    assert told(await verified(db, data)) == found


def _edit(events: list[Event]) -> list[Event]:
    events[8] = msgspec.structs.replace(events[8], actor="wang")
    return events


def _delete(events: list[Event]) -> list[Event]:
    return events[:8] + events[9:]


def _insert(events: list[Event]) -> list[Event]:
    return [*events[:8], read_of(99), *events[8:21]]


def _swap(events: list[Event]) -> list[Event]:
    events[8], events[11] = events[11], events[8]
    return events


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (_edit, ("edited", 9, 9)),
        (_delete, ("deleted", 9, 9)),
        (_insert, ("inserted", 9, 9)),
        (_swap, ("reordered", 9, 12)),
    ],
)
async def test_a_chain_wholly_hashed_anew(
    db: Database, data: Path, superuser: Superuser, change: object, found: tuple[str, int, int]
) -> None:
    await superuser.hashes_anew(change)  # type: ignore[arg-type]
    assert found in told(await verified(db, data))


async def test_a_row_put_behind_a_chain_that_nobody_writes(
    db: Database, data: Path, superuser: Superuser
) -> None:
    await superuser.hashes_anew(lambda events: [*events, read_of(99)])
    assert told(await verified(db, data)) == [("inserted", 23, 23)]
    trail = await opened(db, data)  # which will not go on from a forged row
    await trail.close()
    report = await verified(db, data)
    assert [(one.wrong, one.first, one.writer) for one in report.findings] == [
        ("inserted", 23, CHAIN)
    ]
    start = await db.fetchval("select entries from audit where writer = 1001 and seq = 1")
    assert "goes on otherwise after row 22" in start


async def test_a_gap_stays_to_be_seen(db: Database, data: Path, superuser: Superuser) -> None:
    await superuser.does("delete from audit where seq > 18")  # or: restored from a backup
    trail = await opened(db, data)
    await trail.close()
    report = await verified(db, data)
    assert told(report) == [("deleted", 19, 22)]
    assert "rows 19 to 22 are missing" in await db.fetchval(
        "select entries from audit where seq = 23"
    )


async def test_a_forged_head(db: Database, data: Path) -> None:
    (file,) = (data / heads.FOLDER).iterdir()
    last = msgspec.json.decode(file.read_bytes().splitlines()[-1], type=heads.Head)
    heads.append(file, msgspec.json.encode(msgspec.structs.replace(last, seq=21)))
    assert told(await verified(db, data)) == [("forged-head", 21, 21)]


async def test_heads_of_a_witness_show_what_the_own_file_no_longer_does(
    db: Database, data: Path, superuser: Superuser
) -> None:
    witness = data / "elsewhere.ndjson"
    trail = await opened(db, data, witness_file=str(witness))
    await trail.record(read_of(50))
    await trail.close()
    await superuser.does("delete from audit where seq > 22")
    (file,) = (data / heads.FOLDER).iterdir()
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(line for line in lines if b'"seq":22' in line))
    assert (await verified(db, data)).fine
    assert told(await verified(db, data, witness)) == [("deleted", 23, 25)]
