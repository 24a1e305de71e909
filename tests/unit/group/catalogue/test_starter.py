"""The starter catalogues: how much there is, that it is sound, and that all of it is valid R4."""

import pytest

from xinglin.fhir import json
from xinglin.fhir.validation.full import validate_fully
from xinglin.group.catalogue import sheets, starter
from xinglin.group.catalogue.checking import check
from xinglin.group.catalogue.limits import limit
from xinglin.group.catalogue.resources import everything
from xinglin.simulator.tables import table


def test_there_is_enough_of_everything():
    drugs = starter.all_drugs()
    assert len(drugs) >= 600
    assert len({drug.zh for drug in drugs.values()}) >= 600
    assert len(starter.lab_items()) >= 300
    assert len(starter.lab_panels()) >= 150
    assert len(starter.examinations()) >= 150
    assert len(starter.charges()) >= 400
    assert len(starter.consumables()) >= 60
    wanted = "qd bid tid qid qn qod q2h q3h q4h q6h q8h q12h biw tiw qw prn sos st ac pc hs qm"
    assert set(wanted.split()) <= starter.frequencies().keys()
    routes = {one.zh for one in starter.terms("routes").values()}
    assert {
        "口服",
        "静脉滴注",
        "静脉推注",
        "肌内注射",
        "皮下注射",
        "皮试",
        "雾化吸入",
        "外用",
    } <= routes
    assert {"舌下含服", "鼻饲", "滴眼"} <= routes


def test_nothing_contradicts_itself():
    assert check() == []


def test_every_file_says_whose_it_is_and_that_it_is_a_draft():
    for sheet in sheets.everything():
        assert all(sheet.about[key] for key in sheets.NEEDED), sheet.name
        assert sheet.about["status"] == "draft: not clinically approved"


@pytest.fixture(scope="module")
def made():
    return list(everything())


def test_ids_are_unique(made):
    names = [(one["resourceType"], one["id"]) for one in made]
    assert len(set(names)) == len(names)
    assert len({one["url"] for one in made if "url" in one}) == sum("url" in one for one in made)


def test_references_lead_somewhere(made):
    known = {f"{one['resourceType']}/{one['id']}" for one in made}
    assert {ref for one in made for ref in _references(one)} <= known


def _references(value):
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for each in value.values():
            yield from _references(each)
    elif isinstance(value, list):
        for each in value:
            yield from _references(each)


def test_all_resources_are_valid(made):
    for resource in made:
        issues = validate_fully(json.decode(json.encode(resource)))
        said = [one.en for one in issues if one.severity != "information"]
        assert said == [], (resource["id"], said)


def test_what_the_simulator_orders_is_in_the_catalogue():
    labs = table("labs")
    results = {row[0] for row in labs["items"].values()} | {r[0] for r in labs["answers"].values()}
    assert results <= starter.lab_items().keys()
    assert {row[0] for row in labs["panels"].values()} <= starter.lab_panels().keys()
    assert table("imaging")["examinations"].keys() <= starter.examinations().keys()


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("盐酸吗啡注射液", "narcotic-injection"),
        ("硫酸吗啡缓释片", "narcotic-slow"),
        ("盐酸吗啡片", "narcotic-other"),
        ("地西泮片", "psychotropic-2"),
        ("三氧化二砷注射液", "toxic"),
        ("注射用美罗培南", "antibiotic-special"),
        ("苯磺酸氨氯地平片", "ordinary"),
    ],
)
def test_prescription_limits_follow_class_and_form(name, rule):
    drug = next(one for one in starter.all_drugs().values() if one.zh == name)
    assert limit(drug).code == rule
