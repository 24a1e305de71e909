"""The starter catalogues in a real server: loaded, loaded again, found as people type.

https://hl7.org/fhir/R4/search.html#string; docs/adr/0012-drug-dictionary.md
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import pytest_asyncio
from tests.integration.conftest import Running
from tests.support.patience import seconds

from xinglin.group import catalogue
from xinglin.group.catalogue.loading import marked, transaction
from xinglin.group.catalogue.resources import medicines, searching
from xinglin.group.catalogue.starter import all_drugs
from xinglin.loading.catalogues import Remote
from xinglin.loading.client import Client, Server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest_asyncio.fixture(scope="module")
async def loaded(running: Running) -> catalogue.Report:
    async with Client(Server(running.fhir, running.token)) as client:
        return await catalogue.load(Remote(client), wait=seconds(60))


async def test_who_was_cut_off_before_indexing_is_searchable_after_the_next_load(
    tmp_path: Path, dsn: str, launch: Callable[..., Running]
) -> None:
    running = await asyncio.to_thread(launch, tmp_path / "data", dsn=dsn)
    drug = medicines.knowledge(next(iter(all_drugs().values())))
    async with Client(Server(running.fhir, running.token)) as client:
        target = Remote(client)
        await target.carry_out(transaction([marked(searching.parameter())]))  # and no $reindex
        early = await catalogue.load(target, [drug], wait=0)
        assert early.created == 1
        assert not early.searchable
        assert (await catalogue.load(target, [drug], wait=seconds(30))).searchable
        code = drug["code"]["coding"][0]["code"]
        found = await target.fetch(f"MedicationKnowledge?term={code}&_summary=count")
        assert found is not None
        assert found["total"] == 1


async def test_loaded_once_and_nothing_the_second_time(
    running: Running, loaded: catalogue.Report
) -> None:
    assert loaded.created > 250
    async with Client(Server(running.fhir, running.token)) as client:
        again = await catalogue.load(Remote(client))
    assert again.created == again.updated == 0
    assert again.unchanged == loaded.created + loaded.unchanged
    assert again.kept == ()
    async with Client(Server(running.fhir, running.token)) as client:
        quick = await catalogue.load(Remote(client), quick=True)
    assert quick.unchanged == again.unchanged


async def test_what_was_changed_here_is_kept_unless_forced(
    running: Running, loaded: catalogue.Report
) -> None:
    drug = next(iter(all_drugs().values()))
    made = medicines.knowledge(drug)
    path = f"MedicationKnowledge/{made['id']}"
    async with Client(Server(running.fhir, running.token)) as client:
        target = Remote(client)
        there = await target.fetch(path)
        assert there is not None
        await target.carry_out(transaction([there | {"status": "inactive"}]))
        report = await catalogue.load(target, [made])
        assert report.kept == (path,)
        assert (await target.fetch(path) or {})["status"] == "inactive"
        report = await catalogue.load(target, [made], force=True)
        assert report.updated == 1
        assert (await target.fetch(path) or {})["status"] == "active"


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("阿莫西林", "阿莫西林胶囊"),
        ("amoxilin", "阿莫西林胶囊"),
        ("amxl", "阿莫西林胶囊"),
        ("emxl", "阿莫西林胶囊"),
        ("AMOXICILLIN", "阿莫西林胶囊"),
        ("阿维巴坦", "注射用头孢他啶阿维巴坦钠"),
        ("zsytb", "注射用头孢曲松钠"),
        ("AI007", "阿莫西林胶囊"),
    ],
)
def test_a_drug_is_found_by_whatever_is_typed(
    loaded: catalogue.Report, fhir: httpx.Client, typed: str, found: str
) -> None:
    for type_ in ("MedicationKnowledge", "Medication"):
        names = _names(fhir, type_, typed)
        assert any(name.startswith(found) for name in names), names


def _names(fhir: httpx.Client, type_: str, typed: str) -> list[str]:
    asked = {"term": typed, "_count": "100"}
    answer = fhir.get(f"/{type_}", params=asked, timeout=seconds(10))
    assert answer.status_code == 200, answer.text
    bundle: dict[str, Any] = answer.json()
    # What is not understood is left out of this link: then it would be no search at all.
    assert "term=" in bundle["link"][0]["url"], bundle["link"]
    return [entry["resource"]["code"]["text"] for entry in bundle.get("entry", ())]


def test_frequencies_and_routes_are_code_systems(
    loaded: catalogue.Report, fhir: httpx.Client
) -> None:
    asked = {"url": "https://xinglin.example/fhir/ValueSet/frequency", "filter": "每日三次"}
    answer = fhir.get("/ValueSet/$expand", params=asked)
    assert answer.status_code == 200
    codes = [one["code"] for one in answer.json()["expansion"]["contains"]]
    assert "tid" in codes
    asked = {"system": "https://xinglin.example/fhir/CodeSystem/route", "code": "ivgtt"}
    told = fhir.get("/CodeSystem/$lookup", params=asked).json()
    assert {"name": "display", "valueString": "静脉滴注"} in told["parameter"]


@pytest.mark.parametrize(
    ("type_", "typed", "found"),
    [
        ("ActivityDefinition", "xcg", "血常规（五分类）"),
        ("ActivityDefinition", "chest_ct", "胸部CT平扫"),
        ("ActivityDefinition", "gastroscopy", "电子胃镜"),
        ("ChargeItemDefinition", "jmsy", "静脉输液"),
        ("ObservationDefinition", "jiagaisu", None),
        ("ObservationDefinition", "WBC", "白细胞计数"),
        ("DeviceDefinition", "jmlzz", "静脉留置针"),
    ],
)
def test_other_entries_are_found_in_the_same_way(
    loaded: catalogue.Report, fhir: httpx.Client, type_: str, typed: str, found: str | None
) -> None:
    bundle = fhir.get(f"/{type_}", params={"term": typed, "_count": "50"}).json()
    names = [str(entry["resource"]) for entry in bundle.get("entry", ())]
    assert any(found in name for name in names) if found else names == []
