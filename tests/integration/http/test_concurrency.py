"""Many clients, two server processes, the same thing: exactly one wins, nobody sees a deadlock."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest_asyncio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

CLIENTS = 16


@pytest_asyncio.fixture
async def clients(
    tmp_path: Path, dsn: str, launch: Callable[..., Any]
) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Each on a connection of its own, so that both processes have their share."""
    running = await asyncio.to_thread(launch, tmp_path / "data", dsn=dsn, processes=2)
    made = [
        httpx.AsyncClient(base_url=running.fhir, headers=running.auth, timeout=60, trust_env=False)
        for _ in range(CLIENTS)
    ]
    yield made
    for client in made:
        await client.aclose()


def statuses(answers: list[httpx.Response]) -> list[int]:
    return sorted(answer.status_code for answer in answers)


async def test_conditional_creates_make_one(clients: list[httpx.AsyncClient]) -> None:
    for number in range(5):
        mark = {"system": "race", "value": str(number)}
        answers = await asyncio.gather(
            *(
                client.post(
                    "/Patient",
                    json={"resourceType": "Patient", "identifier": [mark]},
                    headers={"If-None-Exist": f"identifier=race|{number}"},
                )
                for client in clients
            )
        )
        assert statuses(answers) == [200] * (CLIENTS - 1) + [201]
        assert len({answer.json()["id"] for answer in answers}) == 1


async def test_conditional_updates_make_one(clients: list[httpx.AsyncClient]) -> None:
    mark = {"system": "race", "value": "update"}
    answers = await asyncio.gather(
        *(
            client.put(
                "/Patient?identifier=race|update",
                json={
                    "resourceType": "Patient",
                    "identifier": [mark],
                    "name": [{"text": str(number)}],
                },
            )
            for number, client in enumerate(clients)
        )
    )
    assert statuses(answers) == [200] * (CLIENTS - 1) + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    versions = sorted(int(answer.json()["meta"]["versionId"]) for answer in answers)
    assert versions == list(range(1, CLIENTS + 1))


async def test_of_updates_of_the_same_version_one_wins(clients: list[httpx.AsyncClient]) -> None:
    await clients[0].put("/Patient/one", json={"resourceType": "Patient", "id": "one"})
    for version in range(1, 4):
        answers = await asyncio.gather(
            *(
                client.put(
                    "/Patient/one",
                    json={
                        "resourceType": "Patient",
                        "id": "one",
                        "name": [{"text": f"{version} {number}"}],
                    },
                    headers={"If-Match": f'W/"{version}"'},
                )
                for number, client in enumerate(clients)
            )
        )
        assert statuses(answers) == [200] + [412] * (CLIENTS - 1)


async def test_transactions_over_the_same_resources_all_come_through(
    clients: list[httpx.AsyncClient],
) -> None:
    def bundle(number: int) -> dict[str, Any]:
        names = [f"t{n}" for n in range(6)]
        order = names if number % 2 else names[::-1]  # each in the other's way
        entries = [
            {
                "resource": {
                    "resourceType": "Basic",
                    "id": name,
                    "code": {"text": f"{number}"},
                },
                "request": {"method": "PUT", "url": f"Basic/{name}"},
            }
            for name in order
        ]
        return {"resourceType": "Bundle", "type": "transaction", "entry": entries}

    answers = await asyncio.gather(
        *(client.post("", json=bundle(number)) for number, client in enumerate(clients))
    )
    assert statuses(answers) == [200] * CLIENTS
    codes = {(await clients[0].get(f"/Basic/t{n}")).json()["code"]["text"] for n in range(6)}
    assert len(codes) == 1, "transactions were mixed"
