"""Real-shaped transactions: Synthea's patients lean on conditional references to what was sent first.

The whole set is imported by `xinglin import`; here are the prerequisites and a few patients.
"""

from __future__ import annotations

import bz2
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from xinglin.cdr.access import Access
from xinglin.cdr.assembly import assemble
from xinglin.fhir.json import decode
from xinglin.kernel.clock import SystemClock
from xinglin.kernel.errors import PreconditionFailed

if TYPE_CHECKING:
    from pathlib import Path

    from xinglin.kernel.database import Database

pytestmark = pytest.mark.shared_data
BASE = "http://hospital.test/fhir"


def read(path: Path) -> dict[str, Any]:
    return decode(bz2.decompress(path.read_bytes()))


async def test_patients_after_their_hospitals(shared_data: Path, db: Database):
    files = sorted((shared_data / "fhir/synthea-r4-blaze/synthea").glob("*.bz2"))
    first = [path for path in files if path.name.startswith("0-")]
    patients = sorted(set(files) - set(first), key=lambda path: path.stat().st_size)[:6]
    assembly = await assemble(db, SystemClock())
    repository, access = assembly.repository, Access.local()
    try:
        with pytest.raises(PreconditionFailed) as refused:
            await repository.bundle(access, read(patients[-1]), base=BASE)
        assert "leads to nothing" in refused.value.issues[0].en
        assert await db.fetchval("select count(*) from resource") == 0
        count = 0
        for path in [*first, *patients]:
            bundle = read(path)
            count += len(bundle["entry"])
            answer = await repository.bundle(access, bundle, base=BASE)
            statuses = {
                entry["response"]["status"] for entry in msgspec.json.decode(answer.body)["entry"]
            }
            assert statuses == {"201 Created"}
        assert await db.fetchval("select count(*) from resource where ver = 1") == count
        # nothing was left as text: every reference leads to something that is there
        assert await db.fetchval("select count(*) from resource where ver = 0") == 0
        loose = await db.fetchval(
            r"select count(*) from resource where body ~ '\"reference\":\"(urn:|[A-Za-z]+\?)'"
        )
        assert loose == 0
        # hospitals again: conditional creates make nothing twice
        answer = await repository.bundle(access, read(first[0]), base=BASE)
        assert b'"201 Created"' not in answer.body
        assert await db.fetchval("select count(*) from resource") == count
    finally:
        await repository.close()
