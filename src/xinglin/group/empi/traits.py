"""From a Patient resource to what is compared.

https://hl7.org/fhir/R4/patient.html; kinds of numbers: HL7 table 0203, data/identifiers.toml.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from . import dates, identity
from .model import Personal, Sex, Traits
from .names import Read, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .identity import Resident

_DIGITS: Final = re.compile(r"\D+")
_SEX: Final[dict[str, Sex]] = {"male": "m", "female": "f"}
_DATE: Final = re.compile(r"\d{4}(-\d\d(-\d\d)?)?$")
_LONGEST: Final = 12
_FEW: Final = 6


@cache
def _kinds() -> dict[str, Any]:
    text = (Path(__file__).parent / "data" / "identifiers.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def of_patient(patient: dict[str, Any]) -> Traits:
    """Read it; what is malformed is left out, since nothing depends on it but a better guess."""
    read = Read(patient.get("name"))
    birth = str(patient.get("birthDate") or "")
    birth = birth if _DATE.match(birth) else ""
    sex = _SEX.get(str(patient.get("gender")), "")
    line, places = _address(patient)
    telecom = list(_each(patient, "telecom"))
    order = patient.get("multipleBirthInteger")
    return Traits(
        names=tuple(read.names),
        birth=birth,
        sex=sex,
        numbers=tuple(_numbers(patient, birth, sex)),
        phones=tuple(dict.fromkeys(_phones(telecom)))[:_FEW],
        emails=tuple(dict.fromkeys(_emails(telecom)))[:_FEW],
        line=line,
        places=places,
        child_of=read.mother,
        order=order if isinstance(order, int) else read.order,
        unknown=read.unknown and not read.names,
    )


def _each(holder: dict[str, Any], key: str) -> Iterator[dict[str, Any]]:
    for one in holder.get(key) or ():
        if isinstance(one, dict):
            yield one


def role(kind: str) -> str:
    """What a kind of number is good for: personal, card, record; "" for none."""
    return str(_kinds()["role"].get(kind, ""))


def _kind(identifier: dict[str, Any], resident: Resident | None) -> str:
    coded = identifier.get("type")
    for coding in _each(coded if isinstance(coded, dict) else {}, "coding"):
        if role(str(coding.get("code"))):
            return str(coding["code"])
    by_system = _kinds()["system"].get(str(identifier.get("system") or ""))
    return str(by_system or ("NI" if resident else ""))


def _numbers(patient: dict[str, Any], birth: str, sex: Sex) -> Iterator[Personal]:
    for one in _each(patient, "identifier"):
        value = "".join(str(one.get("value") or "").split()).upper()
        if len(value) < 4 or (one.get("use") == "old" and role(_kind(one, None)) == "record"):
            continue
        resident = identity.resident(value)
        kind = _kind(one, resident)
        if kind == "NI":
            yield _resident(value, resident, birth, sex)
        elif kind:
            yield Personal(kind, str(one.get("system") or ""), value)


def _resident(value: str, resident: Resident | None, birth: str, sex: Sex) -> Personal:
    if resident is None:
        return Personal("NI", "", value)
    level = dates.compare(resident.birth, birth)
    fits = None if level == dates.MISSING else level not in (dates.DIFFERENT, dates.TWO_PARTS)
    agrees = level == dates.SAME and resident.sex == sex
    verified = agrees and "NI" in _kinds()["verified"]
    return Personal("NI", "", resident.number, fits, verified)


def _phones(telecom: list[dict[str, Any]]) -> Iterator[str]:
    for one in telecom:
        if one.get("system") in ("phone", "sms", None):
            digits = _DIGITS.sub("", str(one.get("value") or ""))
            if len(digits) > 11 and digits.startswith(("86", "0086")):
                digits = digits.removeprefix("00").removeprefix("86")
            if len(digits) >= 7:
                yield digits[-_LONGEST:]


def _emails(telecom: list[dict[str, Any]]) -> Iterator[str]:
    for one in telecom:
        value = str(one.get("value") or "").strip().casefold()
        if one.get("system") == "email" and "@" in value:
            yield value


def _address(patient: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    """The street of the first address that has one, and postal code, city and district."""
    for one in _each(patient, "address"):
        places = tuple(
            plain(str(one.get(key) or "")) for key in ("postalCode", "city", "district", "state")
        )
        line = plain(" ".join(str(part) for part in one.get("line") or () if part))
        if not line and one.get("text"):
            line = plain(str(one["text"]))
            for place in places:
                line = line.replace(place, "", 1) if place else line
        if line or any(places):
            return line.strip(), places
    return "", ("", "", "", "")
