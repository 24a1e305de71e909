"""Random lives of a few resources against a plain model; the index rows agree with the bodies.

Every step is made twice: in the repository, and in a list of versions in memory.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from xinglin.cdr import types
from xinglin.cdr.access import Access
from xinglin.cdr.assembly import assemble
from xinglin.cdr.index import HOME, KeySpace
from xinglin.cdr.interactions.work import kept
from xinglin.fhir import json
from xinglin.kernel.clock import FixedClock
from xinglin.kernel.errors import Gone, NotFound, PreconditionFailed

if TYPE_CHECKING:
    from xinglin.cdr.index import Rows
    from xinglin.cdr.repository import Repository
    from xinglin.kernel.database import Database

BASE = "http://hospital.test/fhir"
NAMES = [("Patient", "p1"), ("Patient", "p2"), ("Encounter", "e1"), ("Observation", "o1"), ("Observation", "o2"), ("Organization", "g1"), ("Organization", "g2")]  # fmt: skip
Name = tuple[str, str]


class Life:
    def __init__(self, repository: Repository, clock: FixedClock, seed: int) -> None:
        self.repository = repository
        self.clock = clock
        self.random = random.Random(seed)  # noqa: S311 - a test
        self.access = Access.local()
        self.versions: dict[Name, list[dict[str, Any] | None]] = {name: [] for name in NAMES}

    def maybe(self, **more: Any) -> dict[str, Any]:
        return {name: value for name, value in more.items() if self.random.random() < 0.6}

    def body(self, name: Name) -> dict[str, Any]:
        pick = self.random.choice
        day = f"2026-0{self.random.randint(1, 9)}-1{self.random.randint(0, 9)}"
        head = {"resourceType": name[0], "id": name[1]}
        match name[0]:
            case "Patient":
                return head | self.maybe(
                    gender=pick(["male", "female"]),
                    birthDate=day,
                    name=[{"family": pick(["Wu", "吴", "Müller"]), "given": [pick(["A", "B"])]}],
                    identifier=[{"system": "http://s", "value": pick("abc")}],
                    managingOrganization={
                        "reference": f"Organization/g{self.random.randint(1, 2)}"
                    },
                )
            case "Encounter":
                return (
                    head
                    | {"status": "finished", "class": {"code": "AMB"}}
                    | self.maybe(
                        subject={"reference": f"Patient/p{self.random.randint(1, 3)}"},
                        period={"start": day},
                        serviceProvider={"reference": f"Organization/g{self.random.randint(1, 2)}"},
                    )
                )
            case "Observation":
                value = json.FhirDecimal(pick(["1.0", "1.00", "7e-3"]))
                return (
                    head
                    | {"status": "final", "code": {"text": "x"}}
                    | self.maybe(
                        subject={"reference": f"Patient/p{self.random.randint(1, 3)}"},
                        encounter={"reference": "Encounter/e1"},
                        effectiveDateTime=day,
                        valueQuantity={
                            "value": value,
                            "system": "http://unitsofmeasure.org",
                            "code": "mg",
                        },
                        category=[{"coding": [{"system": "http://c", "code": pick("xyz")}]}],
                        meta={"tag": [{"system": "http://t", "code": pick("12")}]},
                    )
                )
            case _:
                return (
                    head
                    | {"name": pick(["East", "West"])}
                    | self.maybe(partOf={"reference": "Organization/g1"})
                )

    def live(self, name: Name) -> bool:
        versions = self.versions[name]
        return bool(versions) and versions[-1] is not None

    def put(self, name: Name, body: dict[str, Any]) -> None:
        """What a PUT does to the model."""
        versions = self.versions[name]
        if not self.live(name) or json.encode(versions[-1]) != json.encode(body):
            versions.append(body)

    async def step(self) -> None:
        self.clock.advance(timedelta(milliseconds=self.random.randint(0, 5)))
        name = self.random.choice(NAMES)
        match self.random.randint(0, 9):
            case 0 | 1 | 2 | 3:
                await self.update(name)
            case 4 | 5:
                await self.delete(name)
            case 6:
                await self.patch(name)
            case 7:
                await self.stale(name)
            case _:
                await self.transaction()

    async def update(self, name: Name) -> None:
        body = (
            self.body(name)
            if self.random.random() < 0.8 or not self.live(name)
            else self.versions[name][-1]
        )
        assert body is not None
        fresh = not self.live(name)
        before = len(self.versions[name])
        result = await self.repository.update(self.access, *name, body)
        self.put(name, body)
        assert result.version == len(self.versions[name])
        assert result.status == (201 if fresh else 200)
        assert (result.version == before) <= (result.status == 200)

    async def delete(self, name: Name) -> None:
        live = self.live(name)
        result = await self.repository.delete(self.access, *name)
        if live:
            self.versions[name].append(None)
            assert result.version == len(self.versions[name])
        else:
            assert result.version == 0

    async def patch(self, name: Name) -> None:
        note = [{"op": "add", "path": "/language", "value": self.random.choice(["zh", "en"])}]
        if self.live(name):
            await self.repository.patch(self.access, *name, note)
            body = self.versions[name][-1]
            assert body is not None
            self.put(name, {**body, "language": note[0]["value"]})
        else:
            with pytest.raises((NotFound, Gone)):
                await self.repository.patch(self.access, *name, note)

    async def stale(self, name: Name) -> None:
        wrong = len(self.versions[name]) + 1
        with pytest.raises(PreconditionFailed):
            await self.repository.update(
                self.access, *name, self.body(name), if_match=f'W/"{wrong}"'
            )

    async def transaction(self) -> None:
        chosen = self.random.sample(NAMES, self.random.randint(1, 5))
        entries: list[dict[str, Any]] = []
        after: list[tuple[Name, dict[str, Any] | None]] = []
        for type_, id_ in chosen:
            if self.random.random() < 0.3:
                entries.append({"request": {"method": "DELETE", "url": f"{type_}/{id_}"}})
                after.append(((type_, id_), None))
            else:
                body = self.body((type_, id_))
                entries.append(
                    {"resource": body, "request": {"method": "PUT", "url": f"{type_}/{id_}"}}
                )
                after.append(((type_, id_), body))
        doomed = self.random.random() < 0.2
        if doomed:
            entries.append({"request": {"method": "GET", "url": "Patient/absent"}})
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        if doomed:
            with pytest.raises(NotFound):
                await self.repository.bundle(self.access, bundle, base=BASE)
            return
        await self.repository.bundle(self.access, bundle, base=BASE)
        for name, body in after:
            if body is not None:
                self.put(name, body)
            elif self.live(name):
                self.versions[name].append(None)

    async def check(self, db: Database) -> None:
        """Bodies, versions and index rows are those of the model."""
        for name, versions in self.versions.items():
            for number, body in enumerate(versions, start=1):
                await self.check_version(name, number, body)
            if versions:
                await self.check_rows(db, name)
        feed = await db.fetchval("select count(*) from change")
        assert feed == sum(map(len, self.versions.values()))
        strays = await db.fetchval(
            "select count(*) from (select rid from key union all select rid from dat union all "
            "select rid from num union all select rid from str union all select rid from pdate) k "
            "where rid not in (select rid from resource where ver > 0)"
        )
        assert strays == 0

    async def check_version(self, name: Name, number: int, body: dict[str, Any] | None) -> None:
        if body is None:
            with pytest.raises(Gone):
                await self.repository.vread(self.access, *name, str(number))
            return
        stored = json.decode((await self.repository.vread(self.access, *name, str(number))).body)
        for element in ("versionId", "lastUpdated"):
            del stored["meta"][element]
        if not stored["meta"]:
            del stored["meta"]
        given = {key: body[key] for key in sorted(body)}
        assert json.encode({key: stored[key] for key in sorted(stored)}) == json.encode(given)

    async def check_rows(self, db: Database, name: Name) -> None:
        row = await db.fetchrow(
            "select rid, ver, deleted, home, body, refs, present from resource where type = $1 and id = $2",
            types.number(name[0]),
            name[1],
        )
        body = row["body"]
        if row["deleted"]:
            body = await db.fetchval(
                "select body from history where rid = $1 and ver = $2", row["rid"], row["ver"] - 1
            )
        rows = await self.extracted(db, json.decode(body.encode()))
        if row["home"] is not None:
            rows.key.add(KeySpace.ref(HOME, row["home"]))
        if row["deleted"]:
            rows = kept(rows)
        rid = row["rid"]
        keys = {r["k"] for r in await db.fetch("select k from key where rid = $1", rid)}
        assert keys == rows.key, name
        for table, columns in (
            ("dat", "k, lo, hi"),
            ("num", "k, lo, hi"),
            ("str", "k, v, x"),
            ("pdate", "k, lo"),
        ):
            found = await db.fetch(f"select {columns} from {table} where rid = $1", rid)
            assert {tuple(r) for r in found} == getattr(rows, table), (name, table)
        assert row["refs"] == rows.refs
        assert row["present"] == rows.present

    async def extracted(self, db: Database, resource: dict[str, Any]) -> Rows:
        found = await db.fetch("select type, id, rid from resource")
        numbers = {(types.name(r["type"]), r["id"]): r["rid"] for r in found}
        return self.repository.context.indexer.extract(resource, numbers.__getitem__)


@pytest.mark.parametrize("seed", range(4))
async def test_the_database_agrees_with_the_model(db: Database, seed: int) -> None:
    clock = FixedClock(datetime(2026, 3, 1, tzinfo=UTC))
    repository = (await assemble(db, clock)).repository
    life = Life(repository, clock, seed)
    try:
        for _ in range(60):
            await life.step()
        await life.check(db)
    finally:
        await repository.close()
