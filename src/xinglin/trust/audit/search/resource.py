"""A row of the trail as an AuditEvent.

https://hl7.org/fhir/R4/auditevent.html; IHE BALP 1.1 for the entities of a REST interaction.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import msgspec

from xinglin.trust.audit import chain
from xinglin.trust.audit.queries import instant

from .kinds import kind

if TYPE_CHECKING:
    from xinglin.trust.audit.model import Event, Row

OWN = "https://xinglin.example/fhir"
ACCOUNT = f"{OWN}/account"
ROLE = f"{OWN}/CodeSystem/role"
REQUEST = f"{OWN}/request"
_PURPOSES = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_ENTITY = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_OBJECT = "http://terminology.hl7.org/CodeSystem/object-role"
_SOURCE = "http://terminology.hl7.org/CodeSystem/security-source-type"


class Names(msgspec.Struct, frozen=True):
    """What numbers are called: resources by rid, accounts by id (reference, name)."""

    resources: dict[int, str]
    accounts: dict[int, tuple[str, str]]


def outcome(status: int) -> str:
    """https://hl7.org/fhir/R4/valueset-audit-event-outcome.html ; 0: it is not known."""
    if not status or status >= 500:
        return "8"
    return "4" if status >= 400 else "0"


def audit_event(row: Row, names: Names) -> dict[str, Any]:
    """The resource."""
    event, told = row.event, kind(row.event.kind)
    at = instant(row.at).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    said: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": chain.id_of(row.writer, row.seq),
        "meta": {"versionId": "1", "lastUpdated": at, "source": f"{OWN}/audit/{row.writer}"},
        "type": told.type.coding(),
        "subtype": [_subtype(event, told.subtype.coding())],
        "action": told.action,
        "recorded": at,
        "outcome": outcome(event.status),
        "outcomeDesc": _outcome_text(event),
        "agent": _agents(event, names),
        "source": {
            "site": names.resources.get(event.home, "") or f"node {row.writer // 1000}",
            "observer": {"display": "Xinglin"},
            "type": [{"system": _SOURCE, "code": "4", "display": "Application Server"}],
        },
    }
    if event.purpose:
        said["purposeOfEvent"] = [_purpose(event.purpose)]
    entities = [*_patients(event, names), *_objects(event)]
    if entities:
        said["entity"] = entities
    return said


def _subtype(event: Event, coding: dict[str, Any]) -> dict[str, Any]:
    if event.kind == "operation" and event.note.startswith("$"):
        return {**coding, "display": event.note}
    return coding


def _outcome_text(event: Event) -> str:
    told = f"HTTP {event.status}" if event.status else "not known: the process ended before"
    return f"{told}; {event.note}" if event.note else told


def _purpose(code: str) -> dict[str, Any]:
    return {"coding": [{"system": _PURPOSES, "code": code}]}


def _agents(event: Event, names: Names) -> list[dict[str, Any]]:
    who: dict[str, Any] = {}
    reference, name = names.accounts.get(event.account, ("", ""))
    if reference:
        who["reference"] = reference
    if event.account:
        who["identifier"] = {"system": ACCOUNT, "value": str(event.account)}
    shown = name or event.actor
    if shown:
        who["display"] = shown
    person: dict[str, Any] = {}
    if event.role:
        person["role"] = [{"coding": [{"system": ROLE, "code": event.role}]}]
    if who:
        person["who"] = who
    if event.actor:
        person["altId"] = event.actor
    if shown:
        person["name"] = shown
    person["requestor"] = True
    if event.address:
        person["network"] = {"address": event.address, "type": "2"}
    if event.purpose:
        person["purposeOfUse"] = [_purpose(event.purpose)]
    agents = [person]
    if event.client:
        client = {"identifier": {"value": event.client}, "display": event.client}
        agents.append({"who": client, "requestor": False})
    return agents


def _patients(event: Event, names: Names) -> list[dict[str, Any]]:
    return [
        {
            "what": {"reference": names.resources[rid]},
            "type": {"system": _ENTITY, "code": "1", "display": "Person"},
            "role": {"system": _OBJECT, "code": "1", "display": "Patient"},
        }
        for rid in event.patients
        if rid in names.resources
    ]


def _objects(event: Event) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    kind_of = {"system": _ENTITY, "code": "2", "display": "System Object"}
    if event.type and event.id:
        version = f"/_history/{event.version}" if event.version else ""
        found.append(
            {
                "what": {"reference": f"{event.type}/{event.id}{version}"},
                "type": kind_of,
                "role": {"system": _OBJECT, "code": "4", "display": "Domain Resource"},
            }
        )
    if event.query or (event.type and not event.id):
        asked = f"{event.type}?{event.query}" if event.query else event.type
        one: dict[str, Any] = {
            "type": kind_of,
            "role": {"system": _OBJECT, "code": "24", "display": "Query"},
            "query": base64.b64encode(asked.encode()).decode(),
            "description": asked,
        }
        if event.count is not None:
            one["detail"] = [{"type": "count", "valueString": str(event.count)}]
        found.append(one)
    if event.request:
        found.append(
            {
                "what": {"identifier": {"system": REQUEST, "value": event.request}},
                "type": kind_of,
                "description": "request",
            }
        )
    return found
