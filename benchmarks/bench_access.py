"""Reads and searches of a ward nurse beside those of somebody who may see everything.

Goal: at least 0.75 of the rate, where both get the same rows. 50 campuses; the nurse's two units
have to do with 45 patients. Both run in this process, in turns of a few requests, without HTTP
between: what the edge costs both alike would only hide the difference.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

from common import options, platform_server, report
from dataset import dsn
from xinglin.cdr.access import Access, Scope
from xinglin.cdr.assembly import assemble
from xinglin.cdr.interactions.put_many import put_many
from xinglin.cdr.search import SearchRequest, pairs
from xinglin.kernel.clock import SystemClock
from xinglin.kernel.database import Database

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from xinglin.cdr.assembly import Assembly

CAMPUSES, WARD, EACH = 50, 45, 100
LOCAL = Access.local()
BASE = "http://hospital.test/fhir"
CODES = ("8867-4", "8480-6", "8462-4", "8310-5", "9279-1", "2708-6", "2345-7", "718-7")
TURN = 20  # requests between two changes of who asks
STAFF = frozenset(("Organization", "Practitioner", "PractitionerRole", "Location", "Medication"))


def resources(count: int) -> Iterator[dict[str, Any]]:
    """``count`` resources of patients on 50 campuses, a hundred each; the campuses first."""
    pick = random.Random(7)
    for c in range(CAMPUSES):
        yield {"resourceType": "Organization", "id": f"c{c}", "name": f"Campus {c}"}
    for p in range(count // EACH):
        subject = {"reference": f"Patient/p{p}"}
        yield {
            "resourceType": "Patient",
            "id": f"p{p}",
            "gender": pick.choice(["male", "female"]),
            "identifier": [{"system": "urn:mrn", "value": f"m{p}"}],
            "name": [{"family": f"F{pick.randint(0, 400)}", "given": [f"G{p}"]}],
        }
        yield {
            "resourceType": "Encounter",
            "id": f"e{p}",
            "status": "in-progress",
            "class": {"code": "IMP"},
            "subject": subject,
            "serviceProvider": {"reference": f"Organization/c{p * CAMPUSES // (count // EACH)}"},
            "location": [{"location": {"reference": f"Location/w{p // WARD}"}}],
        }
        encounter = {"reference": f"Encounter/e{p}"}
        for n in range(8):
            yield {
                "resourceType": "MedicationRequest",
                "id": f"m{p}-{n}",
                "status": pick.choice(["active", "active", "stopped"]),
                "intent": "order",
                "medicationCodeableConcept": {"text": f"drug {pick.randint(0, 600)}"},
                "subject": subject,
                "encounter": encounter,
            }
        for n in range(EACH - 10):
            day = f"2026-{pick.randint(1, 11):02}-{pick.randint(1, 28):02}T08:00:00+08:00"
            yield {
                "resourceType": "Observation",
                "id": f"o{p}-{n}",
                "status": "final",
                "code": {"coding": [{"system": "http://loinc.org", "code": pick.choice(CODES)}]},
                "subject": subject,
                "encounter": encounter,
                "effectiveDateTime": day,
                "valueQuantity": {"value": pick.randint(1, 200), "unit": "1"},
            }


async def fill(assembly: Assembly, count: int) -> None:
    """Write them, unless they are there."""
    db = assembly.repository.context.db
    if await db.fetchval("select count(*) from resource where id = 'c0'"):
        return
    batch: list[dict[str, Any]] = []
    for one in resources(count):
        batch.append(one)
        if len(batch) == 500:
            await put_many(assembly.repository.context, LOCAL, batch)
            batch = []
    if batch:
        await put_many(assembly.repository.context, LOCAL, batch)
    # Every ward of every campus: 45 patients each, twice (the ward, the department).
    await db.execute(
        "insert into relation (unit, patient, kind, source) select u.base + p.n / 45, p.rid, 1, 1"
        " from (values (900000000), (800000000)) u(base), (select rid, substr(id, 2)::int as n"
        " from resource where id like 'p%' and patient = rid) p"
    )
    await db.execute(
        "insert into sealed (patient) select patient from relation where patient % 97 = 0 and unit > 900000003 on conflict do nothing"
    )
    for table in ("resource", "key", "dat", "str", "num", "pdate", "change", "relation", "sealed"):
        await db.execute(f"vacuum (analyze) {table}")


def nurse(ward: int = 3) -> Access:
    """What a nurse of a ward may see: its patients, and what belongs to nobody."""
    return Access(
        "nurse",
        scopes=(
            Scope(None, "cruds", units=(900000000 + ward, 800000000 + ward)),
            Scope(STAFF, "rs"),
        ),
    )


def asked(ward: int = 3) -> dict[str, Callable[[random.Random], str]]:
    """Queries whose rows are all of patients of the ward."""
    people = range(ward * WARD, (ward + 1) * WARD)
    every = ",".join(f"Patient/p{one}" for one in people)
    return {
        "patient's results, newest": lambda r: (
            f"Observation?patient=Patient/p{r.choice(people)}&_sort=-date&_count=20"
        ),
        "patient's results of a code": lambda r: (
            f"Observation?patient=Patient/p{r.choice(people)}&code={r.choice(CODES)}&_count=20"
        ),
        "patient's orders and where": lambda r: (
            f"MedicationRequest?patient=Patient/p{r.choice(people)}&status=active"
            "&_include=MedicationRequest:encounter&_count=20"
        ),
        "patient by number": lambda r: f"Patient?identifier=urn:mrn|m{r.choice(people)}",
        "patient with encounters": lambda r: (
            f"Patient?_id=p{r.choice(people)}&_revinclude=Encounter:subject"
        ),
        "ward list": lambda _: (
            f"Encounter?location=Location/w{ward}&_count=50&_include=Encounter:subject"
        ),
        "results of an encounter's patient": lambda r: (
            f"Observation?encounter.subject=Patient/p{r.choice(people)}&_count=20"
        ),
        "newest of the ward": lambda r: (
            f"Observation?patient={every}&code={r.choice(CODES)}&_count=20"
        ),
    }


async def compare(
    one: Callable[[Access, str], Awaitable[Any]], urls: list[str], who: dict[str, Access]
) -> dict[str, list[float]]:
    """Milliseconds of each request, those who ask taking turns."""
    times: dict[str, list[float]] = defaultdict(list)
    for start in range(0, len(urls), TURN):
        for name, access in who.items():
            for url in urls[start : start + TURN]:
                begun = time.perf_counter()
                await one(access, url)
                times[name].append((time.perf_counter() - begun) * 1000)
    return times


async def run(address: str, count: int, requests: int) -> list[dict[str, Any]]:
    """One row for each kind of request."""
    rows: list[dict[str, Any]] = []
    who = {"everything": LOCAL, "nurse": nurse()}
    pick = random.Random(11)
    async with await Database.open(address) as database:
        assembly = await assemble(database, SystemClock(), bases=(BASE,))
        await fill(assembly, count)

        async def read(access: Access, url: str) -> Any:
            return await assembly.repository.read(access, *url.split("/"))

        async def search(access: Access, url: str) -> Any:
            type_, _, query = url.partition("?")
            request = SearchRequest(type=type_, query=pairs(query), base=BASE)
            return await assembly.engine.search(database, access, request)

        reads = [
            f"Observation/o{pick.randrange(135, 180)}-{pick.randrange(90)}" for _ in range(requests)
        ]
        kinds: list[tuple[str, Any, list[str]]] = [("read", read, reads)]
        for kind, make in asked().items():
            # The last costs both so much that a few of it say enough.
            many = max(TURN, requests // 10) if kind == "newest of the ward" else requests
            kinds.append((kind, search, [make(pick) for _ in range(many)]))
        for kind, one, urls in kinds:
            for url in urls[:5]:
                found = [(await one(access, url)).body for access in who.values()]
                assert found[0] == found[1], url  # noqa: S101 - else the figures compare nothing
            await compare(one, urls[: 2 * TURN], who)
            times = await compare(one, urls, who)
            medians = {name: median(taken) for name, taken in times.items()}
            rows.append(
                {
                    "kind": kind,
                    **{f"{name}_ms": value for name, value in medians.items()},
                    **{f"{name}_p95_ms": quantiles(t, n=20)[-1] for name, t in times.items()},
                    "ratio": medians["everything"] / medians["nurse"],
                    "rate_ratio": sum(times["everything"]) / sum(times["nurse"]),
                }
            )
        await assembly.repository.close()
    return rows


def main() -> None:
    opts = options(__doc__ or "", resources=100_000, requests=400)
    with platform_server(opts.data) as server:
        rows = asyncio.run(run(dsn(server.data), opts.resources, opts.requests))
    report("bench_access", [*rows, {"resources": opts.resources, "campuses": CAMPUSES}])


if __name__ == "__main__":
    main()
