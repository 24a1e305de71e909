"""A second, slow and simple evaluator of searches, written from the specification alone.

It works on plain dicts and knows nothing of index rows. https://hl7.org/fhir/R4/search.html
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
UCUM = "http://unitsofmeasure.org"
Resource = dict[str, Any]


# -- values -----------------------------------------------------------------------------------


def fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c))


def moment(text: str) -> tuple[datetime, datetime]:
    """First moment and the one after the last, of a date as precise as it is written."""
    if "T" in text:
        precise = datetime.fromisoformat(text)
        seconds = text[19:20] == "."
        return precise, precise + (timedelta(milliseconds=100) if seconds else timedelta(seconds=1))
    parts = [int(part) for part in text.split("-")]
    if len(parts) == 1:
        return datetime(parts[0], 1, 1, tzinfo=ZONE), datetime(parts[0] + 1, 1, 1, tzinfo=ZONE)
    if len(parts) == 2:
        year, month = parts
        after = (year + 1, 1) if month == 12 else (year, month + 1)
        return datetime(year, month, 1, tzinfo=ZONE), datetime(*after, 1, tzinfo=ZONE)
    start = datetime(*parts, tzinfo=ZONE)
    return start, start + timedelta(days=1)


EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
LATEST = datetime(9999, 12, 30, tzinfo=UTC)


def period(value: dict[str, str]) -> tuple[datetime, datetime]:
    start = moment(value["start"])[0] if "start" in value else EARLIEST
    end = moment(value["end"])[1] if "end" in value else LATEST
    return start, max(start + timedelta(microseconds=1), end)


def compare(op: str, low: Any, high: Any, a: Any, b: Any) -> bool:
    """Half-open ranges of dates: ``low`` to ``high`` is there, ``a`` to ``b`` is asked."""
    inside = a <= low and high <= b
    above, below = high > b, low < a
    return {
        "eq": inside,
        "ne": not inside,
        "gt": above,
        "lt": below,
        "ge": above or inside,
        "le": below or inside,
        "sa": low >= b,
        "eb": high <= a,
        "ap": low < b and high > a,
    }[op]


def precision(text: str) -> tuple[Decimal, Decimal]:
    value = Decimal(text)
    half = Decimal((0, (5,), int(value.as_tuple().exponent) - 1))
    return value - half, value + half


def compare_number(op: str, there: Decimal, text: str) -> bool:
    asked = Decimal(text)
    low, high = precision(text)
    margin = abs(asked) / 10
    return {
        "eq": low <= there < high,
        "ne": not low <= there < high,
        "gt": there > asked,
        "lt": there < asked,
        "ge": there >= asked,
        "le": there <= asked,
        "sa": there > asked,
        "eb": there < asked,
        "ap": min(low, asked - margin) <= there <= max(high, asked + margin),
    }[op]


GRAMS = {"g": Decimal(1), "mg": Decimal("0.001"), "kg": Decimal(1000)}


# -- what a parameter finds in a resource ------------------------------------------------------


def codings(concepts: list[dict[str, Any]]) -> list[tuple[str | None, str]]:
    return [(c.get("system"), c["code"]) for one in concepts for c in one.get("coding", ())]


def names(r: Resource) -> list[str]:
    found = []
    for name in r.get("name", ()):
        given = name.get("given", [])
        family = name.get("family")
        found += [family] if family else []
        found += given
        if family and given:
            found.append(family + "".join(given))
    return found


def refs(value: dict[str, Any] | list[dict[str, Any]] | None) -> list[str]:
    values = value if isinstance(value, list) else [value] if value else []
    return [one["reference"] for one in values]


PARAMS: dict[str, dict[str, tuple[str, Any]]] = {
    "Patient": {
        "family": ("string", lambda r: [n["family"] for n in r.get("name", ()) if "family" in n]),
        "given": ("string", lambda r: [g for n in r.get("name", ()) for g in n.get("given", ())]),
        "name": ("string", names),
        "gender": ("code", lambda r: [(None, r["gender"])] if "gender" in r else []),
        "active": ("code", lambda r: [(None, str(r["active"]).lower())] if "active" in r else []),
        "identifier": (
            "identifier",
            lambda r: [(i.get("system"), i["value"]) for i in r.get("identifier", ())],
        ),
        "birthdate": ("date", lambda r: [moment(r["birthDate"])] if "birthDate" in r else []),
        "organization": ("reference", lambda r: refs(r.get("managingOrganization"))),
        "general-practitioner": ("reference", lambda r: refs(r.get("generalPractitioner"))),
    },
    "Organization": {
        "name": ("string", lambda r: [*([r["name"]] if "name" in r else []), *r.get("alias", ())]),
        "type": ("coding", lambda r: codings(r.get("type", []))),
        "partof": ("reference", lambda r: refs(r.get("partOf"))),
        "active": ("code", lambda r: [(None, str(r["active"]).lower())] if "active" in r else []),
    },
    "Observation": {
        "code": ("coding", lambda r: codings([r["code"]])),
        "category": ("coding", lambda r: codings(r.get("category", []))),
        "combo-code": (
            "coding",
            lambda r: codings([r["code"], *(c["code"] for c in r.get("component", ()))]),
        ),
        "status": ("code", lambda r: [(None, r["status"])]),
        "subject": ("reference", lambda r: refs(r.get("subject"))),
        "patient": (
            "reference",
            lambda r: [one for one in refs(r.get("subject")) if one.startswith("Patient/")],
        ),
        "performer": ("reference", lambda r: refs(r.get("performer"))),
        "date": (
            "date",
            lambda r: (
                [moment(r["effectiveDateTime"])]
                if "effectiveDateTime" in r
                else [period(r["effectivePeriod"])]
                if "effectivePeriod" in r
                else []
            ),
        ),
        "value-quantity": (
            "quantity",
            lambda r: [r["valueQuantity"]] if "valueQuantity" in r else [],
        ),
        "code-value-quantity": (
            "composite",
            lambda r: [
                (c, r["valueQuantity"]) for c in codings([r["code"]]) if "valueQuantity" in r
            ],
        ),
        "value-string": ("string", lambda r: [r["valueString"]] if "valueString" in r else []),
    },
}
TARGETS = {
    ("Patient", "organization"): ("Organization",),
    ("Patient", "general-practitioner"): ("Organization",),
    ("Organization", "partof"): ("Organization",),
    ("Observation", "subject"): ("Patient",),
    ("Observation", "patient"): ("Patient",),
    ("Observation", "performer"): ("Organization", "Patient"),
}


@dataclass(frozen=True)
class Ask:
    """``type.code:modifier=any of values``, each value (prefix, text)."""

    type: str
    code: str
    modifier: str = ""
    values: tuple[tuple[str, str], ...] = ()

    def render(self) -> tuple[str, str]:
        name = self.code + (f":{self.modifier}" if self.modifier else "")
        return name, ",".join(prefix + escape(text) for prefix, text in self.values)


@dataclass(frozen=True)
class Link:
    """A chain from ``type`` by ``code`` to ``target``, where ``inner`` holds."""

    type: str
    code: str
    target: str
    inner: Any

    def render(self) -> tuple[str, str]:
        name, value = self.inner.render()
        return f"{self.code}:{self.target}.{name}", value


@dataclass(frozen=True)
class Back:
    """A resource of type ``source`` for which ``inner`` holds points here by ``code``."""

    source: str
    code: str
    inner: Any

    def render(self) -> tuple[str, str]:
        name, value = self.inner.render()
        return f"_has:{self.source}:{self.code}:{name}", value


@dataclass
class Query:
    type: str
    tests: list[Any] = field(default_factory=list)
    sort: list[tuple[str, bool]] = field(default_factory=list)


def escape(text: str) -> str:
    return text.replace(",", "\\,")


# -- evaluation -----------------------------------------------------------------------------------


class World:
    """All resources, oldest first."""

    def __init__(self, resources: list[Resource]) -> None:
        self.all = resources
        self.by_name = {f"{r['resourceType']}/{r['id']}": r for r in resources}

    def search(self, query: Query) -> list[str]:
        found = [
            (n, r)
            for n, r in enumerate(self.all)
            if r["resourceType"] == query.type and all(self.holds(t, r) for t in query.tests)
        ]
        newest = query.sort[0][1] if query.sort else True
        found.sort(key=lambda one: one[0], reverse=newest)
        for code, descending in reversed(query.sort):
            values = {n: sort_value(r, code, descending) for n, r in found}
            there = [one for one in found if values[one[0]] is not None]
            there.sort(key=lambda one: values[one[0]], reverse=descending)
            found = there + [one for one in found if values[one[0]] is None]
        return [r["id"] for _, r in found]

    def holds(self, test: Any, r: Resource) -> bool:
        if isinstance(test, Link):
            kind, values = PARAMS[test.type][test.code]
            targets = [self.by_name.get(one) for one in values(r) if one.startswith(test.target)]
            return any(t is not None and self.holds(test.inner, t) for t in targets)
        if isinstance(test, Back):
            name = f"{r['resourceType']}/{r['id']}"
            values = PARAMS[test.source][test.code][1]
            return any(
                name in values(o) and self.holds(test.inner, o)
                for o in self.all
                if o["resourceType"] == test.source
            )
        if test.code == "_id":
            return any(r["id"] == text for _, text in test.values)
        kind, values = PARAMS[test.type][test.code]
        found = values(r)
        if test.modifier == "missing":
            return (not found) == (test.values[0][1] == "true")
        hit = any(self.one(kind, test, value, v) for value in test.values for v in found)
        return not hit if test.modifier == "not" else hit

    def one(self, kind: str, test: Ask, value: tuple[str, str], there: Any) -> bool:
        prefix, text = value
        op = prefix or "eq"
        match kind:
            case "string":
                return string(test.modifier, text, there)
            case "date":
                a, b = moment(text)
                return compare(op, *there, a, b)
            case "quantity":
                return quantity(op, text, there)
            case "composite":
                first, second = text.split("$")
                op = second[:2] if second[:2].isalpha() else "eq"
                return token(first, there[0]) and quantity(op, second.removeprefix(op), there[1])
            case "reference":
                if test.modifier:
                    return there == f"{test.modifier}/{text}"
                return there == text or there.endswith(f"/{text}")
            case _:
                return token(text, there)


def token(text: str, there: tuple[str | None, str]) -> bool:
    if "|" not in text:
        return there[1] == text
    system, _, code = text.partition("|")
    if not code:
        return there[0] == system
    return there == (system or None, code)


def string(modifier: str, text: str, there: str) -> bool:
    if modifier == "exact":
        return text == there
    if modifier == "contains":
        return fold(text) in fold(there)
    return fold(there).startswith(fold(text))


def quantity(op: str, text: str, there: dict[str, Any]) -> bool:
    number, *unit = text.split("|")
    value = Decimal(str(there["value"]))
    if not unit or not unit[1]:
        return compare_number(op, value, number)
    system, code = unit
    if system == UCUM or (not system and code in GRAMS):
        mine, other = there.get("code") if there.get("system") == UCUM else None, code
        if mine in GRAMS and other in GRAMS:
            return compare_number_scaled(op, value * GRAMS[mine], number, GRAMS[other])
        if system:
            return False
    if system:
        return (there.get("system"), there.get("code")) == (system, code) and compare_number(
            op, value, number
        )
    return code in {there.get("code"), there.get("unit")} and compare_number(op, value, number)


def compare_number_scaled(op: str, grams: Decimal, text: str, factor: Decimal) -> bool:
    return compare_number(op, grams / factor, text)


def sort_value(r: Resource, code: str, descending: bool) -> Any:
    if code == "_id":
        return r["id"]
    kind, values = PARAMS[r["resourceType"]][code]
    found = values(r)
    if kind == "date":
        keys = [low for low, _ in found]
    elif kind == "string":
        keys = [fold(one).encode() for one in found]
    elif kind == "quantity":
        keys = [Decimal(str(one["value"])) for one in found]
    else:
        keys = [code.encode() for _, code in found]
    if not keys:
        return None
    return max(keys) if descending else min(keys)
