"""The published list of searches, with values taken from the data itself.

`python benchmarks/bench_search.py` prints how many resources each kind returns.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx

if TYPE_CHECKING:
    from common import Server

BASE = "/fhir"
COUNT = "_count=20"


def build(server: Server, each: int = 40) -> list[tuple[str, str]]:
    """(kind, path) of every search; the same data give the same list."""
    chance = random.Random(7)
    client = httpx.Client(base_url=server.url, headers=server.auth, timeout=120)
    patients = _resources(client, "Patient?_count=400")
    observations = _resources(client, "Observation?value-quantity=gt0&_count=400")
    conditions = _resources(client, "Condition?_count=400")
    found: list[tuple[str, str]] = []
    for _ in range(each):
        patient = chance.choice(patients)
        observation = chance.choice(observations)
        condition = chance.choice(conditions)
        coding = observation["code"]["coding"][0]
        code = quote(f"{coding['system']}|{coding['code']}", safe="")
        quantity = observation["valueQuantity"]
        unit = quote(f"|http://unitsofmeasure.org|{quantity.get('code', '')}", safe="")
        problem = condition["code"]["coding"][0]["code"]
        family = patient["name"][0]["family"]
        year = int(patient["birthDate"][:4])
        who = f"Patient/{patient['id']}"
        found += [
            ("string", f"Patient?family={quote(family[:4])}"),
            ("date", f"Patient?birthdate=ge{year}&birthdate=lt{year + 3}"),
            ("reference", f"Observation?subject={who}"),
            ("reference-sorted", f"Observation?patient={who}&_sort=-date"),
            ("token", f"Condition?code={problem}"),
            ("token-reference", f"Observation?patient={who}&code={code}"),
            ("quantity", f"Observation?code={code}&value-quantity=lt{quantity['value']}{unit}"),
            ("composite", f"Observation?code-value-quantity={code}$gt{quantity['value']}"),
            ("chain", f"Encounter?patient.family={quote(family)}"),
            ("include", f"MedicationRequest?patient={who}&_include=MedicationRequest:encounter"),
            ("dense-pair", "Encounter?status=finished&class=AMB"),
            ("sparse-pair", f"Condition?code={problem}&clinical-status=active"),
        ]
    return [(kind, f"{BASE}/{path}&{COUNT}") for kind, path in found]


def _resources(client: httpx.Client, path: str) -> list[dict]:
    answer = client.get(f"{BASE}/{path}")
    answer.raise_for_status()
    return [entry["resource"] for entry in answer.json()["entry"]]
