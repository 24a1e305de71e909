"""Whether a member of staff and a patient look like relatives, from what their records say.

docs/howto/audit.md. Pure functions over the JSON of a Practitioner and a Patient.
"""

from __future__ import annotations

from typing import Any

# Two-character surnames; others are of one character.
_COMPOUND = frozenset(
    ("欧阳", "司马", "上官", "诸葛", "司徒", "慕容", "皇甫", "尉迟", "公孙", "令狐")
)


def signal(practitioner: dict[str, Any], patient: dict[str, Any]) -> str:
    """``contact``, ``surname-address`` or nothing."""
    if _named_as_contact(practitioner, patient):
        return "contact"
    shared = _addresses(practitioner) & _addresses(patient)
    return "surname-address" if shared and _surnames(practitioner) & _surnames(patient) else ""


def labels(patient: dict[str, Any]) -> frozenset[str]:
    """The codes of the security labels of a record."""
    found = patient.get("meta", {}).get("security", [])
    return frozenset(one["code"] for one in found if isinstance(one.get("code"), str))


def _named_as_contact(practitioner: dict[str, Any], patient: dict[str, Any]) -> bool:
    phones, names = _phones(practitioner), _names(practitioner)
    namesake = bool(_surnames(practitioner) & _surnames(patient))
    for contact in patient.get("contact", []):
        if phones & _phones(contact):
            return True
        name = contact.get("name")
        # A name alone is common: it must be the same, and so must the surname of the patient be.
        if name and namesake and names & _names({"name": [name]}):
            return True
    return False


def _phones(holder: dict[str, Any]) -> frozenset[str]:
    digits = (
        "".join(filter(str.isdigit, str(one.get("value", ""))))[-11:]
        for one in holder.get("telecom", [])
        if one.get("system") in ("phone", "sms")
    )
    return frozenset(one for one in digits if len(one) >= 7)


def _names(holder: dict[str, Any]) -> frozenset[str]:
    return frozenset(text for name in holder.get("name", []) if (text := _full(name)))


def _full(name: dict[str, Any]) -> str:
    text = name.get("text") or " ".join([*name.get("given", []), name.get("family", "")])
    return "".join(str(text).split()).casefold()


def _surnames(holder: dict[str, Any]) -> frozenset[str]:
    found: set[str] = set()
    for name in holder.get("name", []):
        family = name.get("family")
        text = "".join(str(name.get("text", "")).split())
        if family:
            found.add(str(family).strip().casefold())
        elif text and not text.isascii():
            found.add(text[:2] if text[:2] in _COMPOUND else text[:1])
    return frozenset(found)


def _addresses(holder: dict[str, Any]) -> frozenset[str]:
    found: set[str] = set()
    for one in holder.get("address", []):
        text = "".join([*one.get("line", [])]) or one.get("text", "")
        if len(text) >= 5:
            found.add("".join(f"{one.get('city', '')}{text}".split()).casefold())
    return frozenset(found)
