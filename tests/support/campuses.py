"""A group of two campuses with the same departments, and a patient in each: what roles are tried on.

Department x of campus A: Organization/A-x, ward Location/A-x-w with a bed, doctor
Practitioner/A-x-d; patient Patient/a-x lies there, with one resource of each type that is wanted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.cdr.access import Access

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from xinglin.cdr.repository import Repository

Json = dict[str, Any]
CAMPUSES = ("A", "B")
DEPARTMENTS = ("medicine", "surgery")
SERVICES = ("laboratory", "imaging", "theatre", "emergency")
"""Departments without beds of their own."""
LOCAL = "https://xinglin.example/fhir/CodeSystem/"
PLACE = "http://terminology.hl7.org/CodeSystem/location-physical-type"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
CLASS = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"}
SINCE = "2026-01-01T08:00:00Z"


def ref(type_: str, id_: str) -> Json:
    return {"reference": f"{type_}/{id_}"}


def code(text: str = "thing", system: str = LOCAL + "test") -> Json:
    return {"coding": [{"system": system, "code": text}], "text": text}


def structure() -> Iterator[Json]:
    """Organisations, places, staff; parents first."""
    yield _organization("G", "prov")
    for campus in CAMPUSES:
        yield _organization(campus, "prov", "G")
        yield _place(f"{campus}-site", "si", campus, "")
        for name in SERVICES:
            yield _organization(f"{campus}-{name}", "dept", campus)
        for name in DEPARTMENTS:
            unit = f"{campus}-{name}"
            yield _organization(unit, "dept", campus)
            yield _place(f"{unit}-w", "wa", unit, f"{campus}-site")
            yield _place(f"{unit}-r", "ro", unit, f"{unit}-w")
            yield _place(f"{unit}-b", "bd", unit, f"{unit}-r")
            yield {"resourceType": "Practitioner", "id": f"{unit}-d"}
            yield {
                "resourceType": "PractitionerRole",
                "id": f"{unit}-d",
                "active": True,
                "practitioner": ref("Practitioner", f"{unit}-d"),
                "organization": ref("Organization", unit),
            }


def _organization(id_: str, kind: str, parent: str = "") -> Json:
    type_ = [code(kind, "http://terminology.hl7.org/CodeSystem/organization-type")]
    made: Json = {"resourceType": "Organization", "id": id_, "type": type_, "name": id_}
    return {**made, "partOf": ref("Organization", parent)} if parent else made


def _place(id_: str, kind: str, owner: str, parent: str) -> Json:
    made: Json = {
        "resourceType": "Location",
        "id": id_,
        "physicalType": {"coding": [{"system": PLACE, "code": kind}]},
        "managingOrganization": ref("Organization", owner),
    }
    return {**made, "partOf": ref("Location", parent)} if parent else made


def patients() -> Iterator[Json]:
    """A patient in each department, lying in its bed."""
    for campus in CAMPUSES:
        for name in DEPARTMENTS:
            id_, unit = f"{campus.lower()}-{name}", f"{campus}-{name}"
            yield patient(id_)
            yield encounter(id_, unit)


def patient(id_: str) -> Json:
    """A child of eight, with everything by which one is recognised."""
    return {
        "resourceType": "Patient",
        "id": id_,
        "identifier": [{"system": LOCAL + "number", "value": id_}],
        "name": [{"text": id_}],
        "telecom": [{"system": "phone", "value": "1"}],
        "birthDate": "2018-01-01",
        "text": narrative(id_),
    }


def orders() -> Iterator[Json]:
    """What makes patients those of a service: a test, an examination, an operation asked for."""
    wanted = (
        ("a-medicine", "laboratory", "laboratory"),
        ("a-medicine", "imaging", "imaging"),
        ("a-surgery", "theatre", "surgery"),
    )
    for patient, service, category in wanted:
        order = about("ServiceRequest", patient, category)
        performer = [ref("Organization", f"A-{service}")]
        yield {**order, "id": f"{patient}-{service}", "performer": performer}


def family() -> Iterator[Json]:
    """The patient of surgery in campus A is the mother of that of medicine."""
    role = code("MTH", "http://terminology.hl7.org/CodeSystem/v3-RoleCode")
    child = ref("Patient", "a-medicine")
    yield {"resourceType": "RelatedPerson", "id": "kin", "patient": child, "relationship": [role]}
    targets = (ref("Patient", "a-surgery"), ref("RelatedPerson", "kin"))
    link = [{"target": target, "assurance": "level4"} for target in targets]
    yield {"resourceType": "Person", "id": "mother", "link": link}


def narrative(text: str) -> Json:
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{text}</div>'
    return {"status": "generated", "div": div}


def encounter(patient: str, unit: str, **more: Any) -> Json:
    return {
        "resourceType": "Encounter",
        "id": f"{patient}-e",
        "status": "in-progress",
        "class": CLASS,
        "subject": ref("Patient", patient),
        "period": {"start": SINCE},
        "serviceProvider": ref("Organization", unit),
        "location": [{"location": ref("Location", f"{unit}-b"), "status": "active"}],
        "participant": [{"individual": ref("Practitioner", f"{unit}-d")}],
        **more,
    }


def about(type_: str, patient: str, category: str = "") -> Json:
    """A small resource of the type in the compartment of a patient, in the visit if it can be."""
    who, when = ref("Patient", patient), SINCE
    visit = ref("Encounter", f"{patient}-e")
    drug = {"medicationCodeableConcept": code(), "subject": who}
    made: dict[str, Json] = {
        "Patient": {},
        "Encounter": {"status": "planned", "class": CLASS, "subject": who},
        "Composition": {
            "status": category or "final", "type": code(), "subject": who, "encounter": visit,
            "date": when, "author": [ref("Practitioner", "A-medicine-d")], "title": "note",
        },
        "DocumentReference": {
            "status": "current", "subject": who,
            "content": [{"attachment": {"title": "file"}}],
        },
        "Condition": {"code": code(), "subject": who, "encounter": visit},
        "AllergyIntolerance": {"patient": who, "encounter": visit, "code": code()},
        "Observation": {
            "status": "final", "code": code(), "subject": who, "encounter": visit,
            "category": [{"coding": [{"system": CATEGORY, "code": category or "vital-signs"}]}],
        },
        "DiagnosticReport": {
            "status": "final", "code": code(), "subject": who, "encounter": visit,
            "category": [code(category or "LAB", "http://terminology.hl7.org/CodeSystem/v2-0074")],
        },
        "ServiceRequest": {
            "status": "active", "intent": "order", "subject": who, "encounter": visit,
            "code": code(), "category": [code(category or "laboratory", LOCAL + "order-category")],
        },
        "Specimen": {"subject": who},
        "ImagingStudy": {"status": "available", "subject": who, "encounter": visit},
        "MedicationRequest": {"status": "active", "intent": "order", "encounter": visit, **drug},
        "MedicationDispense": {"status": "completed", "context": visit, **drug},
        "MedicationAdministration": {
            "status": "completed", "context": visit, "effectiveDateTime": when, **drug,
        },
        "NutritionOrder": {
            "status": "active", "intent": "order", "patient": who, "encounter": visit,
            "dateTime": when, "oralDiet": {"type": [code()]},
        },
        "Procedure": {"status": "completed", "code": code(), "subject": who, "encounter": visit},
        "ChargeItem": {"status": "billable", "code": code(), "subject": who, "context": visit},
        "Account": {"status": "active", "subject": [who]},
        "Claim": {
            "status": "active", "type": code(), "use": "claim", "patient": who, "created": when,
            "provider": ref("Organization", "A"), "priority": code(), "insurance": [
                {"sequence": 1, "focal": True, "coverage": {"display": "none"}}
            ],
        },
        "Coverage": {"status": "active", "beneficiary": who, "payor": [who]},
        "Appointment": {
            "status": "booked", "participant": [{"actor": who, "status": "accepted"}],
        },
        "QuestionnaireResponse": {"status": "completed", "subject": who, "encounter": visit},
        "Consent": {
            "status": "active", "scope": code(), "category": [code()], "patient": who,
            "policyRule": code(),
        },
        "Flag": {"status": "active", "code": code(), "subject": who, "encounter": visit},
        "AdverseEvent": {"actuality": "actual", "subject": who, "encounter": visit},
        "Communication": {"status": "completed", "subject": who, "encounter": visit},
        "Task": {"status": "requested", "intent": "order", "for": who, "encounter": visit},
    }  # fmt: skip
    return {"resourceType": type_, **made[type_]}


async def build(repository: Repository, more: Iterable[Json] = ()) -> None:
    """Write the world, and more resources after it."""
    for resource in (*structure(), *patients(), *more):
        local = Access.local()
        await repository.update(local, resource["resourceType"], resource["id"], resource)
