"""A person of a population as he is, and a record of him as somebody wrote it.

https://hl7.org/fhir/R4/patient.html
"""

from __future__ import annotations

from datetime import date

import msgspec

from xinglin.simulator.codes import Json, concept, identifier_system

_V2 = "http://terminology.hl7.org/CodeSystem/v2-0203"
_SYSTEMS = {"NI": "cn-id", "HC": "insurance", "MR": "mrn", "SS": "social-security"}


class Human(msgspec.Struct):
    """The truth. ``home`` is (street, district or suburb, city, postal code, state)."""

    key: str
    family: str
    given: str
    born: date
    sex: str
    number: str = ""
    card: str = ""
    phone: str = ""
    home: tuple[str, str, str, str, str] = ("", "", "", "", "")
    parent: Human | None = None
    latin: tuple[str, str] = ("", "")
    twin: int = 0
    placeholder: str = ""


class Record(msgspec.Struct):
    """What was typed; empty where nothing was. ``person`` is the truth."""

    person: str
    family: str
    given: str
    text: str
    birth: str
    sex: str
    number: str
    card: str
    phone: str
    home: tuple[str, str, str, str, str]
    serial: int
    kind: str = "NI"
    twin: int = 0
    email: str = ""

    def patient(self) -> Json:
        """As a Patient resource, without an id."""
        out: Json = {"resourceType": "Patient", "identifier": list(self._identifiers())}
        name: Json = {"use": "official"}
        if self.text:
            name["text"] = self.text
        if self.family:
            name["family"] = self.family
        if self.given:
            name["given"] = [self.given]
        if len(name) > 1:
            out["name"] = [name]
        if self.birth:
            out["birthDate"] = self.birth
        if self.sex:
            out["gender"] = self.sex
        telecom = [("phone", self.phone), ("email", self.email)]
        if any(value for _, value in telecom):
            out["telecom"] = [{"system": k, "value": v} for k, v in telecom if v]
        if address := self._address():
            out["address"] = [address]
        if self.twin:
            out["multipleBirthInteger"] = self.twin
        return out

    def _identifiers(self) -> list[Json]:
        rows = (("MR", f"T{self.serial:09d}"), (self.kind, self.number), ("HC", self.card))
        return [
            {
                "type": concept(_V2, code, code),
                "system": identifier_system(_SYSTEMS[code]),
                "value": value,
            }
            for code, value in rows
            if value
        ]

    def _address(self) -> Json:
        street, district, city, postal, state = self.home
        parts = {"district": district, "city": city, "postalCode": postal, "state": state}
        out: Json = {key: value for key, value in parts.items() if value}
        if street:
            out["line"] = [street]
        return out
