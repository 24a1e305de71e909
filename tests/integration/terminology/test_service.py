"""Terminology over a real database: the R4 content and what an institution adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from xinglin.kernel.errors import Invalid, NotFound, TooCostly
from xinglin.terminology import Terminology, project

if TYPE_CHECKING:
    from xinglin.kernel.database import Database

DRUGS = {
    "resourceType": "CodeSystem",
    "url": "https://xinglin.example/CodeSystem/drugs",
    "version": "1",
    "content": "complete",
    "caseSensitive": False,
    "concept": [
        {
            "code": "J",
            "display": "抗感染药",
            "designation": [{"language": "en", "value": "Antiinfectives"}],
            "property": [{"code": "notSelectable", "valueBoolean": True}],
            "concept": [
                {
                    "code": "J01",
                    "display": "抗菌药",
                    "concept": [
                        {
                            "code": "J01C",
                            "display": "青霉素类",
                            "property": [{"code": "tier", "valueCode": "1"}],
                        },
                        {
                            "code": "J01D",
                            "display": "头孢菌素类",
                            "property": [{"code": "tier", "valueCode": "2"}],
                        },
                    ],
                }
            ],
        },
        {
            "code": "N",
            "display": "神经系统药",
            "property": [{"code": "status", "valueCode": "retired"}],
        },
    ],
}
URL = DRUGS["url"]


def including(**include: Any) -> dict[str, Any]:
    return {
        "url": "https://xinglin.example/vs",
        "compose": {"include": [{"system": URL, **include}]},
    }


@pytest.fixture
async def terminology(db: Database) -> Terminology:
    async with db.transaction() as connection:
        await project(connection, 7, DRUGS)
    return Terminology(db)


async def codes(terminology: Terminology, value_set: dict[str, Any], **how: Any) -> list[str]:
    return [member.code for member in (await terminology.expand(value_set, **how)).members]


@pytest.mark.shows("operation:expand")
async def test_a_required_value_set_of_r4_expands_in_order(terminology: Terminology) -> None:
    value_set = await terminology.value_set("http://hl7.org/fhir/ValueSet/administrative-gender")
    assert await codes(terminology, value_set) == ["male", "female", "other", "unknown"]


async def test_v3_hierarchies_expand_through_is_a(terminology: Terminology) -> None:
    value_set = await terminology.value_set(
        "http://terminology.hl7.org/ValueSet/v3-ActEncounterCode"
    )
    found = await codes(terminology, value_set)
    assert {"AMB", "EMER", "IMP", "ACUTE"} <= set(found)


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ({"property": "concept", "op": "is-a", "value": "J01"}, ["J01", "J01C", "J01D"]),
        ({"property": "concept", "op": "descendent-of", "value": "J01"}, ["J01C", "J01D"]),
        ({"property": "concept", "op": "is-not-a", "value": "J01"}, ["J", "N"]),
        ({"property": "concept", "op": "generalizes", "value": "J01C"}, ["J", "J01", "J01C"]),
        ({"property": "tier", "op": "=", "value": "2"}, ["J01D"]),
        ({"property": "tier", "op": "in", "value": "1, 2"}, ["J01C", "J01D"]),
        ({"property": "code", "op": "not-in", "value": "J,N"}, ["J01", "J01C", "J01D"]),
        ({"property": "code", "op": "regex", "value": "J0.[CD]?"}, ["J01", "J01C", "J01D"]),
        ({"property": "tier", "op": "exists", "value": "true"}, ["J01C", "J01D"]),
        ({"property": "tier", "op": "exists", "value": "false"}, ["J", "J01", "N"]),
        ({"property": "parent", "op": "=", "value": "J01"}, ["J01C", "J01D"]),
        ({"property": "child", "op": "=", "value": "J01C"}, ["J01"]),
        ({"property": "display", "op": "=", "value": "抗菌药"}, ["J01"]),
    ],
)
async def test_filters(
    terminology: Terminology, filter_: dict[str, str], expected: list[str]
) -> None:
    assert await codes(terminology, including(filter=[filter_])) == expected


async def test_text_filter_pages_languages_and_retired_codes(terminology: Terminology) -> None:
    everything = including()
    assert await codes(terminology, everything, text="菌") == ["J01", "J01D"]
    assert await codes(terminology, everything, text="antiinf") == ["J"]
    assert await codes(terminology, everything, offset=1, count=2) == ["J01", "J01C"]
    assert await codes(terminology, everything, active_only=True) == ["J", "J01", "J01C", "J01D"]
    page = await terminology.expand(everything, language="en", count=1)
    assert page.members[0].display == "Antiinfectives"
    assert (page.total, page.members[0].abstract) == (5, True)
    assert page.used == (f"{URL}|1",)


async def test_imports_intersect_with_the_system_and_exclude_takes_out(
    db: Database, terminology: Terminology
) -> None:
    part = including(concept=[{"code": "J01C"}, {"code": "N"}]) | {"resourceType": "ValueSet"}
    async with db.transaction() as connection:
        await project(connection, 8, part)
    both = {
        "compose": {
            "include": [{"system": URL, "valueSet": [part["url"]]}, {"valueSet": [part["url"]]}],
            "exclude": [{"system": URL, "concept": [{"code": "N"}]}],
        }
    }
    assert await codes(terminology, both) == ["J01C"]


async def test_a_value_set_that_includes_itself_is_refused(
    db: Database, terminology: Terminology
) -> None:
    circle = {
        "resourceType": "ValueSet",
        "url": "https://xinglin.example/circle",
        "compose": {"include": [{"valueSet": ["https://xinglin.example/circle"]}]},
    }
    async with db.transaction() as connection:
        await project(connection, 9, circle)
    with pytest.raises(Invalid, match="includes itself"):
        await terminology.expand(circle)


async def test_unknown_systems_sets_operators_and_patterns_are_refused(
    terminology: Terminology,
) -> None:
    with pytest.raises(NotFound, match="xinglin terminology load"):
        await terminology.expand({"compose": {"include": [{"system": "http://loinc.org"}]}})
    with pytest.raises(NotFound, match="not known here"):
        await terminology.value_set("http://nowhere.example/vs")
    with pytest.raises(Invalid, match="operator"):
        await codes(terminology, including(filter=[{"property": "x", "op": "like", "value": "y"}]))
    with pytest.raises(Invalid, match="regex"):
        await codes(
            terminology, including(filter=[{"property": "code", "op": "regex", "value": "("}])
        )
    with pytest.raises(TooCostly, match="grammar"):
        await codes(terminology, {"compose": {"include": [{"system": "urn:ietf:bcp:47"}]}})


@pytest.mark.shows("operation:validate-code")
async def test_validate_code(terminology: Terminology) -> None:
    languages = await terminology.value_set("http://hl7.org/fhir/ValueSet/all-languages")
    assert (await terminology.validate_in_value_set(languages, "zh-CN", "urn:ietf:bcp:47")).result
    assert not (await terminology.validate_in_value_set(languages, "z!", "urn:ietf:bcp:47")).result
    members = including(filter=[{"property": "concept", "op": "is-a", "value": "J01"}])
    assert (await terminology.validate_in_value_set(members, "J01C", None)).display == "青霉素类"
    outside = await terminology.validate_in_value_set(members, "N", URL)
    assert not outside.result
    assert "N" in outside.message_zh
    wrong = await terminology.validate_in_system(URL, "J01C", display="头孢")
    assert (wrong.result, wrong.display) == (False, "青霉素类")
    assert (await terminology.validate_in_system(URL, "j01c")).result, "the system folds case"
    assert (await terminology.validate_in_system("http://unitsofmeasure.org", "mmol/L")).result
    assert not (await terminology.validate_in_system("http://unitsofmeasure.org", "mmoll/L")).result


@pytest.mark.shows("operation:lookup", "operation:subsumes")
async def test_lookup_and_subsumes(terminology: Terminology) -> None:
    system, concept, children = await terminology.lookup(URL, "J01")
    assert (system.version, concept.parents, children) == ("1", ("J",), ["J01C", "J01D"])
    assert await terminology.subsumes(URL, "J", "J01C") == "subsumes"
    assert await terminology.subsumes(URL, "J01C", "J") == "subsumed-by"
    assert await terminology.subsumes(URL, "J", "J") == "equivalent"
    assert await terminology.subsumes(URL, "J", "N") == "not-subsumed"
    with pytest.raises(NotFound):
        await terminology.subsumes(URL, "J", "X")
    assert sorted(await terminology.lineage(URL, "J01", above=False)) == ["J01", "J01C", "J01D"]
    assert await terminology.lineage(URL, "J01", above=True) == ["J01", "J"]


@pytest.mark.shows("operation:translate")
async def test_translate_with_the_maps_of_r4_and_back(terminology: Terminology) -> None:
    there = await terminology.translate(
        "home",
        "http://hl7.org/fhir/address-use",
        url="http://hl7.org/fhir/ConceptMap/cm-address-use-v2",
    )
    assert [match.code for match in there] == ["H"]
    back = await terminology.translate(
        "H",
        there[0].system,
        url="http://hl7.org/fhir/ConceptMap/cm-address-use-v2",
        reverse=True,
    )
    assert "home" in [match.code for match in back]


async def test_a_resource_replaces_its_projection_and_takes_it_along_when_deleted(
    db: Database, terminology: Terminology
) -> None:
    async with db.transaction() as connection:
        await project(connection, 7, DRUGS | {"concept": [{"code": "Z"}]})
    assert await codes(terminology, including()) == ["Z"]
    async with db.transaction() as connection:
        await project(connection, 7, None)
    with pytest.raises(NotFound):
        await codes(terminology, including())


async def test_a_circle_in_a_hierarchy_ends(db: Database, terminology: Terminology) -> None:
    circle = [
        {"code": "a", "property": [{"code": "parent", "valueCode": "b"}]},
        {"code": "b", "property": [{"code": "parent", "valueCode": "a"}]},
    ]
    async with db.transaction() as connection:
        await project(connection, 7, DRUGS | {"concept": circle})
    assert sorted(await terminology.lineage(URL, "a", above=True)) == ["a", "b"]
