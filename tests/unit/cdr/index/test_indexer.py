"""Extraction of every kind of value, seen through the keys that search would ask for."""

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from xinglin.cdr.index import Dates, Indexer, KeySpace, Rows, local_references
from xinglin.cdr.index.numbers import search_rows
from xinglin.cdr.index.text import fold
from xinglin.fhir.search import SearchParam

KS = KeySpace(b"k" * 32)
DATES = Dates(ZoneInfo("Asia/Shanghai"))
INDEXER = Indexer(KS, DATES, ("http://here/fhir",))
RIDS: dict[tuple[str, str], int] = {}


def rid(type_: str, id_: str) -> int:
    return RIDS.setdefault((type_, id_), len(RIDS) + 1000)


def extract(resource: dict[str, Any]) -> Rows:
    wanted = INDEXER.local_references(resource)
    if "id" in resource:
        wanted.add((resource["resourceType"], resource["id"]))

    def resolve(name: tuple[str, str]) -> int:
        assert name in wanted, f"{name} was not announced"
        return rid(*name)

    return INDEXER.extract(resource, resolve)


def param(type_: str, code: str) -> SearchParam:
    found = INDEXER.params.get(type_, code)
    assert found is not None
    return found


def source(type_: str, code: str) -> int:
    (only,) = param(type_, code).sources
    return only


def present(rows: Rows, type_: str, code: str) -> bool:
    return bool(rows.present & 1 << param(type_, code).bit)


OBSERVATION: dict[str, Any] = {
    "resourceType": "Observation",
    "id": "o1",
    "meta": {"profile": ["http://p/lab|2"], "tag": [{"system": "t", "code": "demo"}]},
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "2339-0", "display": "Glucose"}]},
    "subject": {"reference": "Patient/p1"},
    "performer": [{"reference": "http://there/fhir/Practitioner/7/_history/2"}],
    "effectiveDateTime": "2024-03-01T07:30:00+08:00",
    "valueQuantity": {
        "value": Decimal("6.3"),
        "unit": "mmol/l",
        "system": "http://unitsofmeasure.org",
        "code": "mmol/L",
    },
}


def test_a_laboratory_result_has_few_rows() -> None:
    rows = extract(OBSERVATION)
    assert KS.type_key(INDEXER.params.type_number("Observation")) in rows.key
    assert KS.patient(rid("Patient", "p1")) in rows.key
    assert KS.ref(source("Observation", "subject"), rid("Patient", "p1")) in rows.key
    assert KS.token(source("Observation", "code"), "http://loinc.org", "2339-0") in rows.key
    assert KS.token(source("Observation", "status"), None, "final") in rows.key
    assert KS.uri(source("Observation", "_profile"), "http://p/lab") in rows.key
    assert KS.uri(source("Observation", "_profile"), "http://p/lab|2") in rows.key
    assert KS.token(source("Observation", "_tag"), "t", "demo") in rows.key
    performer = source("Observation", "performer")
    assert KS.url(performer, "http://there/fhir/Practitioner/7") in rows.key
    assert rows.count() == 16


def test_a_clinical_date_stands_beside_the_patient() -> None:
    rows = extract(OBSERVATION)
    low, _ = DATES.bounds("2024-02-29T23:30:00Z")
    assert rows.dat == {(KS.plain(source("Observation", "date")), low, low + 999_999)}
    patient = KS.ref(source("Observation", "patient"), rid("Patient", "p1"))
    assert rows.pdate == {(patient, low)}
    assert rows.refs == [KS.ref(source("Observation", "subject"), rid("Patient", "p1"))]


@pytest.mark.parametrize(
    ("number", "unit"),
    [
        ("6.3", None),
        ("6.3", ("http://unitsofmeasure.org", "mmol/L")),
        ("6300", (None, "umol/L")),
        ("6.3", (None, "mmol/l")),
    ],
)
def test_a_quantity_is_found_in_any_commensurable_unit(
    number: str, unit: tuple[str | None, str] | None
) -> None:
    rows = extract(OBSERVATION)
    value = Decimal(number)
    asked = search_rows(
        KS, source("Observation", "value-quantity"), value - Decimal("0.01"), value, unit=unit
    )
    assert any(
        k == mine and low <= lo and hi <= high
        for k, low, high in asked
        for mine, lo, hi in rows.num
    )


def test_presence_is_one_bit_a_parameter() -> None:
    rows = extract(OBSERVATION)
    for code in ("code", "subject", "patient", "date", "value-quantity", "code-value-quantity"):
        assert present(rows, "Observation", code), code
    for code in ("combo-code", "combo-code-value-quantity", "_tag", "_profile"):
        assert present(rows, "Observation", code), code
    for code in ("encounter", "value-string", "code-value-concept", "component-code", "_source"):
        assert not present(rows, "Observation", code), code


def test_a_subject_that_is_no_patient_is_in_no_compartment() -> None:
    rows = extract({**OBSERVATION, "subject": {"reference": "Group/g"}})
    assert not present(rows, "Observation", "patient")
    assert present(rows, "Observation", "subject")
    assert not rows.pdate
    assert all(not 2 << 51 <= k < 3 << 51 for k in rows.key)


def test_components_pair_code_and_value() -> None:
    rows = extract(
        {
            "resourceType": "Observation",
            "component": [
                {
                    "code": {"coding": [{"system": "s", "code": "a"}]},
                    "valueQuantity": {"value": 1, "unit": "mmHg"},
                },
                {
                    "code": {"coding": [{"system": "s", "code": "b"}]},
                    "valueQuantity": {"value": 2, "unit": "mmHg"},
                },
            ],
        }
    )
    pair = param("Observation", "component-code-value-quantity").id
    key_a = KS.pair(pair, "s", "a", *KS.part_any_unit())
    key_b = KS.pair(pair, "s", "b", *KS.part_any_unit())
    assert (key_a, Decimal(1), Decimal(1)) in rows.num
    assert (key_b, Decimal(2), Decimal(2)) in rows.num
    assert (key_a, Decimal(2), Decimal(2)) not in rows.num
    assert present(rows, "Observation", "combo-code-value-quantity")
    assert not present(rows, "Observation", "code-value-quantity")


PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [
        {
            "system": "urn:mrn",
            "value": "A1",
            "type": {"coding": [{"system": "http://v2", "code": "MR"}]},
        }
    ],
    "name": [{"family": "单", "given": ["雄信"], "text": "单 雄信"}],
    "telecom": [
        {"system": "phone", "value": "+86 (571) 8723-6114"},
        {"system": "email", "value": "A@B.cn"},
    ],
    "gender": "male",
    "birthDate": "1970-01",
    "link": [{"other": {"reference": "Patient/p2"}, "type": "seealso"}],
}


def test_an_identifier_is_found_in_four_ways() -> None:
    rows = extract(PATIENT)
    number = source("Patient", "identifier")
    assert {
        KS.token(number, "urn:mrn", "A1"),
        KS.any_system(number, "A1"),
        KS.system(number, "urn:mrn"),
        KS.of_type(number, "http://v2", "MR", "A1"),
    } <= rows.key


def test_contact_points_are_one_row_each() -> None:
    rows = extract(PATIENT)
    telecom = source("Patient", "telecom")
    assert KS.token(telecom, "phone", "+8657187236114") in rows.key
    assert KS.token(telecom, "email", "a@b.cn") in rows.key
    assert source("Patient", "phone") == telecom
    assert present(rows, "Patient", "phone")


def test_names_are_found_joined_and_by_sound() -> None:
    rows = extract(PATIENT)
    name = KS.plain(param("Patient", "name").id)
    sound = KS.plain(param("Patient", "phonetic").id)
    assert (name, "单雄信", KS.exact("单雄信")) in rows.str
    assert {"shanxiongxin", "sxx", "danxiongxin"} <= {v for k, v, _ in rows.str if k == sound}
    (order,) = (v for k, v, _ in rows.str if k == KS.sort(param("Patient", "name").id))
    assert order.startswith("shan xiong xin")


def test_a_patient_is_in_its_own_compartment_and_in_that_of_its_links() -> None:
    rows = extract(PATIENT)
    assert {KS.patient(rid("Patient", "p1")), KS.patient(rid("Patient", "p2"))} <= rows.key


@pytest.mark.parametrize(
    ("more", "value"),
    [
        ({}, "false"),
        ({"deceasedBoolean": False}, "false"),
        ({"deceasedBoolean": True}, "true"),
        ({"deceasedDateTime": "2020"}, "true"),
    ],
)
def test_everybody_is_dead_or_not(more: dict[str, Any], value: str) -> None:
    rows = extract(PATIENT | more)
    assert KS.token(source("Patient", "deceased"), None, value) in rows.key


def test_a_reference_by_identifier() -> None:
    rows = extract(
        {
            "resourceType": "Observation",
            "subject": {"type": "Patient", "identifier": {"system": "urn:mrn", "value": "A1"}},
        }
    )
    subject = source("Observation", "subject")
    assert {
        KS.ref_identifier(subject, "urn:mrn", "A1"),
        KS.ref_identifier_any(subject, "A1"),
    } <= rows.key
    assert present(rows, "Observation", "patient")


def test_own_address_is_local_and_contained_is_nothing() -> None:
    own = {"resourceType": "Observation", "subject": {"reference": "http://here/fhir/Patient/p1"}}
    assert extract(own).refs == [KS.ref(source("Observation", "subject"), rid("Patient", "p1"))]
    inside = {"resourceType": "Observation", "subject": {"reference": "#p"}}
    assert extract(inside).refs == []


def test_a_concept_without_a_coding_is_found_by_its_text() -> None:
    rows = extract({"resourceType": "Observation", "code": {"text": "Händedruck"}})
    code = source("Observation", "code")
    assert KS.text_only(code, fold("Händedruck")) in rows.key
    assert {c.text for c in rows.coding if c.param == code} == {"handedruck"}


def test_a_composite_of_three() -> None:
    rows = extract(
        {
            "resourceType": "MolecularSequence",
            "coordinateSystem": 0,
            "referenceSeq": {"chromosome": {"coding": [{"system": "c", "code": "7"}]}},
            "variant": [{"start": 5, "end": 9}],
        }
    )
    number = param("MolecularSequence", "chromosome-variant-coordinate").id
    assert (KS.pair(number, "c", "7"), Decimal(5), Decimal(9)) in rows.num


def test_token_with_reference() -> None:
    rows = extract(
        {
            "resourceType": "DocumentReference",
            "relatesTo": [{"code": "replaces", "target": {"reference": "DocumentReference/d"}}],
        }
    )
    number = param("DocumentReference", "relationship").id
    target = rid("DocumentReference", "d")
    assert KS.pair(number, "", "replaces", *KS.part_ref(target)) in rows.key


def test_a_document_refers_to_its_composition() -> None:
    bundle = {
        "resourceType": "Bundle",
        "type": "document",
        "entry": [
            {"resource": {"resourceType": "Composition", "id": "c"}},
            {"resource": {"resourceType": "Patient", "id": "x"}},
        ],
    }
    assert local_references(bundle) == {("Composition", "c")}
    key = KS.ref(source("Bundle", "composition"), rid("Composition", "c"))
    assert key in extract(bundle).key


def test_nulls_among_primitives_are_passed_over() -> None:
    rows = extract({"resourceType": "Patient", "id": "n", "name": [{"given": [None, "Li"]}]})
    given = KS.plain(source("Patient", "given"))
    assert [v for k, v, _ in rows.str if k == given] == ["li"]


def test_difference_of_two_images() -> None:
    old, new = extract(OBSERVATION), extract({**OBSERVATION, "status": "amended"})
    gone, come = new.diff(old)
    status = source("Observation", "status")
    assert gone.key == {KS.token(status, None, "final")}
    assert come.key == {KS.token(status, None, "amended")}
    assert gone.count() == come.count() == 1
