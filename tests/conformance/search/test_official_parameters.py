"""The shipped search parameters and compartments are those of R4 4.0.1, no more and no fewer.

https://hl7.org/fhir/R4/searchparameter-registry.html and compartmentdefinition.html
"""

from __future__ import annotations

import json
import tarfile
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

from xinglin.fhir.search import search_parameters

if TYPE_CHECKING:
    from pathlib import Path

# They illustrate the resource SearchParameter.
EXAMPLES = {"example", "example-extension", "example-reference"}
# Of every type, and no parameters of an index of their own.
ELSEWHERE = {"Resource", "DomainResource"}
PATIENT_IS_ENOUGH = "http://hl7.org/fhir/SearchParameter/clinical-patient"


@pytest.fixture(scope="module")
def official(official_package: Path) -> dict[str, list[dict[str, Any]]]:
    """The official definitions by resource type."""
    found: dict[str, list[dict[str, Any]]] = {"SearchParameter": [], "CompartmentDefinition": []}
    with tarfile.open(official_package) as archive:
        for member in archive:
            name = member.name.rpartition("/")[2]
            file = archive.extractfile(member)
            kind = name.partition("-")[0]
            if file and kind in found and name.endswith(".json"):
                found[kind].append(json.loads(file.read()))
    return found


def test_every_parameter_with_its_type_address_and_targets(
    official: dict[str, list[dict[str, Any]]],
) -> None:
    wanted = {
        (base, one["code"]): (one["type"], one["url"], set(one.get("target", ())))
        for one in official["SearchParameter"]
        # Those of extensions, genetics and ages come without an expression that leads to a value.
        if one["id"] not in EXAMPLES and "-extensions-" not in one["id"]
        if "-genetic-" not in one["id"] and "expression" in one
        for base in one["base"]
        if base not in ELSEWHERE
    }
    registry = search_parameters()
    shipped = {
        (type_, code): (param.kind, param.url, set(param.targets))
        for type_ in registry.types
        for code, param in registry.for_type(type_).items()
        if not code.startswith("_")
    }
    assert shipped.keys() == wanted.keys()
    different = {
        name: (shipped[name], wanted[name])
        for name, (kind, url, targets) in wanted.items()
        if shipped[name][:2] != (kind, url)
        or (shipped[name][2] not in (targets, set()) and url != PATIENT_IS_ENOUGH)
    }
    assert different == {}


def test_every_compartment(official: dict[str, list[dict[str, Any]]]) -> None:
    file = files("xinglin.cdr.search.build").joinpath("compartments.json")
    compartments = json.loads(file.read_bytes())
    for definition in official["CompartmentDefinition"]:
        if definition["code"] == "Patient" or definition["id"] == "example":
            continue
        members = {
            one["code"]: [code for code in one["param"] if code != "{def}"]
            for one in definition["resource"]
            if one.get("param")
        }
        shipped = compartments[definition["code"]]
        assert shipped == members, definition["code"]
    assert len(compartments) == 4
