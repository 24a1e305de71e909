"""Every modifier, prefix and join, one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from tests.support.shelf import Shelf

if TYPE_CHECKING:
    from xinglin.kernel.database import Database

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"


def ref(name: str) -> dict[str, str]:
    return {"reference": name}


def coded(system: str, code: str, display: str = "") -> dict[str, Any]:
    coding = {"system": system, "code": code} | ({"display": display} if display else {})
    return {"coding": [coding]}


def observation(id_: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": id_,
        "status": "final",
        "code": coded(LOINC, "x"),
    } | more


def quantity(value: float, unit: str) -> dict[str, Any]:
    return {"value": value, "system": UCUM, "code": unit, "unit": unit}


MR = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]}
WORLD: list[dict[str, Any]] = [
    {"resourceType": "Location", "id": "house", "status": "active", "name": "House", "position": {"latitude": 30.25, "longitude": 120.17}},
    {"resourceType": "Location", "id": "floor", "status": "active", "name": "Floor", "partOf": ref("Location/house")},
    {"resourceType": "Location", "id": "room", "status": "active", "name": "Room", "partOf": ref("Location/floor")},
    {
        "resourceType": "Patient",
        "id": "p1",
        "meta": {
            "tag": [{"system": "urn:tags", "code": "vip", "display": "Very important"}],
            "security": [{"system": "urn:sec", "code": "R"}],
            "profile": ["http://example.org/StructureDefinition/pat|1.0"],
            "source": "http://example.org/feed/one",
        },
        "identifier": [{"system": "urn:mrn", "value": "7", "type": MR}],
        "name": [{"family": "欧阳", "given": ["小明"], "text": "欧阳小明"}, {"family": "Döe", "given": ["Jane"]}],
        "telecom": [{"system": "phone", "value": "+86 571-8888"}, {"system": "email", "value": "A@B.cn"}],
        "gender": "female",
        "birthDate": "1990-05-17",
    },
    {"resourceType": "Patient", "id": "p2", "identifier": [{"system": "urn:x", "value": "7"}], "gender": "male", "birthDate": "1990"},
    {"resourceType": "Practitioner", "id": "d1", "name": [{"family": "Doe"}]},
    observation("o1", subject=ref("Patient/p1"), effectiveDateTime="2020-03-01T08:00:00+08:00", valueQuantity=quantity(5.4, "mg/dL"), performer=[ref("Practitioner/d1")]),
    observation("o2", subject=ref("Patient/p1"), effectiveDateTime="2020-03-02", valueQuantity=quantity(54, "mg/L"), code=coded(SNOMED, "22298006", "Myocardial infarction")),
    observation("o3", subject=ref("Patient/p2"), effectivePeriod={"start": "2020-02-01", "end": "2020-03-15"}, valueQuantity={"value": 100}, code=coded(SNOMED, "64572001", "Disease")),
    observation("o4", subject={"identifier": {"system": "urn:mrn", "value": "99"}}, effectiveDateTime="2021", valueString="Hello World", code={"text": "Blood pressure"}),
    observation("o5", subject=ref("http://elsewhere.org/fhir/Patient/p1"), valueCodeableConcept=coded(SNOMED, "22298006"), component=[
        {"code": coded(LOINC, "8480-6"), "valueQuantity": quantity(120, "mm[Hg]")},
        {"code": coded(LOINC, "8462-4"), "valueQuantity": quantity(80, "mm[Hg]")},
    ]),
    {"resourceType": "Encounter", "id": "e1", "status": "finished", "class": {"system": "urn:class", "code": "AMB"}, "subject": ref("Patient/p1"), "location": [{"location": ref("Location/room")}], "length": quantity(90, "min")},
    {"resourceType": "List", "id": "l1", "status": "current", "mode": "working", "entry": [{"item": ref("Observation/o1")}, {"item": ref("Observation/o3")}]},
    {"resourceType": "AuditEvent", "id": "a1", "type": {"code": "rest"}, "recorded": "2020-01-01T00:00:00Z", "agent": [{"requestor": True, "who": ref("Practitioner/d1")}], "source": {"observer": ref("Practitioner/d1")}, "entity": [{"what": ref("Observation/o1")}]},
    {"resourceType": "ValueSet", "id": "v1", "url": "http://acme.org/fhir/ValueSet/123", "version": "2", "status": "active"},
    {"resourceType": "ValueSet", "id": "v2", "url": "http://acme.org/fhir/ValueSet/123/_history/5", "status": "active"},
    {"resourceType": "MeasureReport", "id": "m1", "status": "complete", "type": "summary", "measure": "http://acme.org/Measure/a|3", "period": {"start": "2020", "end": "2020"}},
    {"resourceType": "RiskAssessment", "id": "r1", "status": "final", "subject": ref("Patient/p1"), "prediction": [{"probabilityDecimal": 0.8}]},
    {"resourceType": "RiskAssessment", "id": "r2", "status": "final", "subject": ref("Patient/p2"), "prediction": [{"probabilityDecimal": 0.25}]},
]  # fmt: skip


class Terms:
    """A terminology of one hierarchy: 64572001 > 22298006."""

    async def expand(self, value_set: str) -> tuple[tuple[str, str], ...] | None:
        sets = {
            "http://vs/mi": ((SNOMED, "22298006"),),
            "http://vs/sex": (("http://hl7.org/fhir/administrative-gender", "male"),),
        }
        if value_set == "http://vs/large":
            return tuple((SNOMED, str(n)) for n in range(22298000, 22298100))
        return sets.get(value_set)

    async def below(self, system: str, code: str) -> tuple[tuple[str, str], ...] | None:
        if system != SNOMED:
            return None
        return ((SNOMED, code), (SNOMED, "22298006")) if code == "64572001" else ((SNOMED, code),)

    async def above(self, system: str, code: str) -> tuple[tuple[str, str], ...] | None:
        if system != SNOMED:
            return None
        return ((SNOMED, code), (SNOMED, "64572001")) if code == "22298006" else ((SNOMED, code),)


@pytest_asyncio.fixture(scope="module")
async def shelf(module_db: Database) -> Shelf:
    shelf = Shelf(module_db, Terms())
    await shelf.put(WORLD)
    await shelf.reserve()
    return shelf


def case(shows: str, url: str, expected: str) -> Any:
    marks = [pytest.mark.shows(f"search:{one}") for one in shows.split()]
    return pytest.param(url, expected, marks=marks, id=url)


SN = f"{SNOMED}|"
CASES = [
    # strings
    case("string:default", "Patient?family=doe", "p1"),
    case("string:modifier:exact", "Patient?family:exact=Döe", "p1"),
    case("string:modifier:exact", "Patient?family:exact=Doe", ""),
    case("string:modifier:contains", "Patient?name:contains=阳小", "p1"),
    case("string:modifier:contains", "Patient?name:contains=明", "p1"),
    case("string:modifier:text", "Observation?value-string:text=world hello", "o4"),
    case("string:modifier:missing", "Patient?family:missing=true", "p2"),
    case("string:modifier:missing", "Patient?family:missing=false", "p1"),
    case("string:names", "Patient?name=欧阳小明", "p1"),
    case("string:names", "Patient?name=DOEJ", "p1"),
    case("string:phonetic", "Patient?phonetic=ouyangxm", ""),
    case("string:phonetic", "Patient?phonetic=ouyangxiao", "p1"),
    case("string:phonetic", "Patient?phonetic=oyxm", "p1"),
    # tokens
    case("token:default", "Observation?code=22298006", "o2"),
    case("token:default", "Patient?identifier=7", "p2 p1"),
    case("token:default", "Patient?identifier=urn:mrn|7", "p1"),
    case("token:default", "Patient?identifier=urn:mrn|", "p1"),
    case("token:default", "Patient?gender=http://hl7.org/fhir/administrative-gender|male", "p2"),
    case("token:default", "Patient?phone=%2B865718888", "p1"),
    case("token:default", "Patient?email=a@b.cn", "p1"),
    case("token:default", "Patient?telecom=a@b.cn", "p1"),
    case("token:default", "Encounter?class=urn:class|AMB", "e1"),
    case("token:modifier:not", "Observation?code:not=22298006,x", "o4 o3"),
    case("token:modifier:text", "Observation?code:text=infarct", "o2"),
    case("token:modifier:text", "Observation?code:text=blood", "o4"),
    case("token:modifier:in", "Observation?code:in=http://vs/mi", "o2"),
    case("token:modifier:in", "Observation?code:in=http://vs/large", "o2"),
    case("token:modifier:not-in", "Observation?code:not-in=http://vs/large", "o5 o4 o3 o1"),
    case("token:modifier:in", "Patient?gender:in=http://vs/sex", "p2"),
    case("token:modifier:not-in", "Observation?code:not-in=http://vs/mi", "o5 o4 o3 o1"),
    case("token:modifier:below", f"Observation?code:below={SN}64572001", "o3 o2"),
    case("token:modifier:above", f"Observation?code:above={SN}22298006", "o3 o2"),
    case(
        "token:modifier:of-type",
        "Patient?identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|MR|7",
        "p1",
    ),
    case("token:modifier:missing", "Observation?value-concept:missing=false", "o5"),
    # references
    case("reference:default", "Observation?subject=p1", "o2 o1"),
    case("reference:default", "Observation?subject=Patient/p2", "o3"),
    case("reference:absolute", "Observation?subject=http://here/fhir/Patient/p2", "o3"),
    case("reference:absolute", "Observation?subject=http://elsewhere.org/fhir/Patient/p1", "o5"),
    case("reference:modifier:type", "Observation?subject:Patient=p1", "o2 o1"),
    case("reference:modifier:type", "Observation?subject:Patient=Patient/p1", "o2 o1"),
    case("reference:modifier:identifier", "Observation?subject:identifier=urn:mrn|99", "o4"),
    case("reference:modifier:identifier", "Observation?subject:identifier=99", "o4"),
    case("reference:modifier:below", "Encounter?location:below=Location/house", "e1"),
    case("reference:modifier:below", "Encounter?location:below=Location/room", "e1"),
    case("reference:modifier:above", "Location?partof:above=Location/floor", "room floor"),
    case("reference:modifier:missing", "Observation?performer:missing=false", "o1"),
    case("reference:canonical", "MeasureReport?measure=http://acme.org/Measure/a", "m1"),
    case("reference:canonical", "MeasureReport?measure=http://acme.org/Measure/a|3", "m1"),
    case("reference:canonical", "MeasureReport?measure=http://acme.org/Measure/a|4", ""),
    # dates
    case("date:prefix:eq", "Observation?date=2020-03-01", "o1"),
    case("date:prefix:eq", "Observation?date=eq2020", "o3 o2 o1"),
    case("date:prefix:eq date:timezone", "Observation?date=2020-03-01T00:00:00Z", "o1"),
    case("date:prefix:ne", "Observation?date=ne2020", "o4"),
    case("date:prefix:gt", "Observation?date=gt2020-03-01", "o4 o3 o2"),
    case("date:prefix:lt", "Observation?date=lt2020-03-01", "o3"),
    case("date:prefix:ge", "Observation?date=ge2020-03-02", "o4 o3 o2"),
    case("date:prefix:le", "Observation?date=le2020-03-01", "o3 o1"),
    case("date:prefix:sa", "Observation?date=sa2020-03-01", "o4 o2"),
    case("date:prefix:eb", "Observation?date=eb2020-03-02", "o1"),
    case("date:prefix:ap", "Observation?date=ap2021-06", "o4"),
    case("date:modifier:missing", "Observation?date:missing=true", "o5"),
    case("date:range", "Observation?date=ge2020-03-01&date=lt2020-03-02", "o3 o1"),
    # numbers and quantities
    case("number:prefix:eq", "RiskAssessment?probability=0.8", "r1"),
    case("number:precision", "RiskAssessment?probability=0.3", "r2"),
    case("number:precision", "RiskAssessment?probability=0.2", ""),
    case("number:precision", "RiskAssessment?probability=0.25", "r2"),
    case("number:prefix:ne", "RiskAssessment?probability=ne0.8", "r2"),
    case("number:prefix:gt", "RiskAssessment?probability=gt0.25", "r1"),
    case("number:prefix:lt", "RiskAssessment?probability=lt0.8", "r2"),
    case("number:prefix:ge", "RiskAssessment?probability=ge0.25", "r2 r1"),
    case("number:prefix:le", "RiskAssessment?probability=le0.25", "r2"),
    case("number:prefix:sa", "RiskAssessment?probability=sa0.25", "r1"),
    case("number:prefix:eb", "RiskAssessment?probability=eb0.8", "r2"),
    case("number:prefix:ap", "RiskAssessment?probability=ap0.77", "r1"),
    case("number:modifier:missing", "RiskAssessment?probability:missing=true", ""),
    case("quantity:default", "Observation?value-quantity=100", "o3"),
    case("quantity:ucum", f"Observation?value-quantity=5.4|{UCUM}|mg/dL", "o2 o1"),
    case("quantity:ucum", f"Observation?value-quantity=0.054|{UCUM}|g/L", "o2 o1"),
    case("quantity:code", "Observation?value-quantity=5.4||mg/dL", "o2 o1"),
    case("quantity:prefix:gt", f"Observation?value-quantity=gt50|{UCUM}|mg/L", "o2 o1"),
    case("quantity:prefix:ap", f"Observation?value-quantity=ap5.0|{UCUM}|mg/dL", "o2 o1"),
    case("quantity:prefix:ne", "Observation?value-quantity=ne100", "o2 o1"),
    case("quantity:modifier:missing", "Observation?value-quantity:missing=true", "o5 o4"),
    # uris
    case("uri:default", "ValueSet?url=http://acme.org/fhir/ValueSet/123", "v1"),
    case("uri:modifier:below", "ValueSet?url:below=http://acme.org/fhir/ValueSet/", "v2 v1"),
    case(
        "uri:modifier:above",
        "ValueSet?url:above=http://acme.org/fhir/ValueSet/123/_history/5",
        "v2 v1",
    ),
    case("uri:modifier:missing", "ValueSet?url:missing=true", ""),
    # composites
    case("composite:default", f"Observation?code-value-quantity={SN}22298006$54", "o2"),
    case("composite:default", "Observation?code-value-quantity=22298006$lt50", ""),
    case("composite:default", "Observation?component-code-value-quantity=8480-6$gt100", "o5"),
    case("composite:default", "Observation?component-code-value-quantity=8462-4$gt100", ""),
    case(
        "composite:default",
        f"Observation?component-code-value-quantity={LOINC}|8480-6$120|{UCUM}|mm[Hg]",
        "o5",
    ),
    case(
        "composite:modifier:missing",
        "Observation?component-code-value-quantity:missing=false",
        "o5",
    ),
    # for every type
    case("_id", "Patient?_id=p2,nobody", "p2"),
    case("_lastUpdated", "Patient?_lastUpdated=gt2024-01-01T08:00:03%2B08:00", "p2"),
    case("_lastUpdated", "Patient?_lastUpdated=lt2024", ""),
    case("_tag", "Patient?_tag=urn:tags|vip", "p1"),
    case("_tag", "Patient?_tag=vip", "p1"),
    case("_tag token:modifier:text", "Patient?_tag:text=important", "p1"),
    case("_tag token:modifier:not", "Patient?_tag:not=vip", "p2"),
    case("_security", "Patient?_security=urn:sec|R", "p1"),
    case("_profile", "Patient?_profile=http://example.org/StructureDefinition/pat", "p1"),
    case("_profile", "Patient?_profile=http://example.org/StructureDefinition/pat|1.0", "p1"),
    case("_source", "Patient?_source=http://example.org/feed/one", "p1"),
    case("_source uri:modifier:below", "Patient?_source:below=http://example.org/feed", "p1"),
    case("_list", "Observation?_list=l1", "o3 o1"),
    case("_list", "Observation?_list=nothing", ""),
    # joins
    case("chain", "Observation?subject:Patient.family=doe", "o2 o1"),
    case("chain", "Observation?performer.name=doe", "o1"),
    case("chain", "Observation?patient.gender:not=female", "o3"),
    case(
        "chain:nested", "AuditEvent?entity:Observation.subject:Patient.identifier=urn:mrn|7", "a1"
    ),
    case("chain", "Observation?patient._id=p2", "o3"),
    case("chain", "Encounter?location.partof.partof.name=house", "e1"),
    case("chain", "Encounter?location.partof.name=floor", "e1"),
    case("_has", "Patient?_has:Observation:patient:code=64572001", "p2"),
    case("_has", "Patient?_has:Observation:patient:date=gt2020-03-01&gender=female", "p1"),
    case(
        "_has:nested",
        "Patient?_has:Observation:patient:_has:AuditEvent:entity:agent=Practitioner/d1",
        "p1",
    ),
    case("chain _has", "Observation?patient._has:Encounter:patient:status=finished", "o2 o1"),
    case("_has", "Patient?_has:Encounter:patient:location.name=room", "p1"),
    case("special:near", "Location?near=30.25|120.18|2|km", "house"),
    case("special:near", "Location?near=30.25|120.18|500|m,0|0", ""),
    case("special:near", "Location?near=31.23|121.47|104|[mi_i]", "house"),
    case("special:near", "Location?near=30.3|120.17", "house"),
    case("special:near", "Location?near:missing=false", "house"),
    # system and compartments
    case("compartment", "Patient/p1/Observation", "o2 o1"),
    case("compartment", "Patient/p1/Observation?code=x", "o1"),
    case("compartment", "Patient/p1/*", "r1 e1 o2 o1 p1"),
    case("compartment", "Practitioner/d1/Observation", "o1"),
    case("compartment", "Practitioner/d1/*", "a1 o1 d1"),
    case("compartment", "Encounter/e1/Encounter", "e1"),
    case("compartment", "Encounter/e1/Patient", ""),
    case("compartment", "Patient/nobody/Observation", ""),
    case("_type", "?_type=Encounter,List", "l1 e1"),
    case("_type", "?_type=RiskAssessment,Encounter&_id=r1,e1", "r1 e1"),
    case("system", "?_tag=vip", "p1"),
    case("system", "?_id=p1", "p1"),
    case("or", "Patient?gender=male,female", "p2 p1"),
    case("and", "Patient?name=doe&name=欧阳", "p1"),
    case("escape", "Observation?value-string=Hello World\\,x", ""),
]


@pytest.mark.parametrize(("url", "expected"), CASES)
async def test_finds(shelf: Shelf, url: str, expected: str) -> None:
    assert await shelf.ids(url) == expected.split()
