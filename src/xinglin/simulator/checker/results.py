"""Results: units, local reference ranges, interpretations, plausible vital signs.

https://hl7.org/fhir/R4/observation.html
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Final

from xinglin.simulator.catalogue import FIRST_ONLY, NEWBORN, flag, items, limits
from xinglin.simulator.codes import LOINC, local

from .record import Contradiction, age, codes, moment, name, quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xinglin.simulator.catalogue import Item
    from xinglin.simulator.codes import Json

    from .record import Record, Rule

_VITALS: Final = {
    # code: (unit, lowest, highest a living person can have)
    "8310-5": ("Cel", 30, 43),
    "8867-4": ("/min", 20, 260),
    "9279-1": ("/min", 4, 90),
    "2708-6": ("%", 40, 100),
    "8480-6": ("mm[Hg]", 40, 280),
    "8462-4": ("mm[Hg]", 15, 170),
    "8302-2": ("cm", 30, 215),
    "29463-7": ("kg", 0.4, 200),
    "39156-5": ("kg/m2", 9, 60),
    "9843-4": ("cm", 20, 60),
}


@cache
def _by_code() -> dict[str, Item]:
    return {item.code: item for item in items().values()}


def _item(observation: Json) -> Item | None:
    for code in codes(observation["code"], local("lab-item")):
        return _by_code().get(code)
    return None


def wrong_unit(record: Record) -> Iterator[Contradiction]:
    """A laboratory value in another unit than the laboratory's."""
    for observation in record.of("Observation"):
        item = _item(observation)
        if item and observation.get("valueQuantity", {}).get("code") != item.unit:
            yield Contradiction("wrong-unit", name(observation), f"{item.code} is in {item.unit}")


def wrong_range(record: Record) -> Iterator[Contradiction]:
    """A reference range that is not the local one for that sex and age."""
    for observation in record.of("Observation"):
        item, patient = _item(observation), record.patient(observation)
        if item is None or patient is None:
            continue
        years = _years(patient, observation)
        expected = limits(item.key, patient["gender"], years)
        given = observation.get("referenceRange", [{}])[0]
        for side, limit in zip(("low", "high"), expected, strict=True):
            said = given.get(side, {}).get("value")
            if (said is None) != (limit is None) or (
                limit is not None and abs(float(said) - limit) > 10 ** -(item.places or 0)
            ):
                yield Contradiction(
                    "wrong-range", name(observation), f"{item.code} {side} is {limit}, not {said}"
                )


def _years(patient: Json, observation: Json) -> float:
    """As the laboratory counts: completed years from two on."""
    years = age(patient, moment(observation["issued"]))
    if years < 2:
        return years
    born, when = moment(patient["birthDate"]), moment(observation["issued"])
    return when.year - born.year - ((when.month, when.day) < (born.month, born.day))


def wrong_flag(record: Record) -> Iterator[Contradiction]:
    """An interpretation that the value and its range do not give."""
    called: set[str] = set()
    for observation in sorted(record.of("Observation"), key=lambda o: str(o.get("issued", ""))):
        item, patient = _item(observation), record.patient(observation)
        value = quantity(observation)
        if item is None or patient is None or value is None:
            continue
        given = observation.get("referenceRange", [{}])[0]
        low, high = (given.get(side, {}).get("value") for side in ("low", "high"))
        said = observation["interpretation"][0]["coding"][0]["code"]
        newborn = age(patient, moment(observation["issued"])) < NEWBORN
        expected = flag(
            float(value),
            None if low is None else float(low),
            None if high is None else float(high),
            item.key,
            newborn,
        )
        if item.key in FIRST_ONLY and expected in {"LL", "HH"}:
            who = patient["id"]
            if who in called:
                expected = expected[0]
            called.add(who)
        if said != expected:
            yield Contradiction(
                "wrong-flag", name(observation), f"{item.code} {value} is {expected}, not {said}"
            )


def impossible_sign(record: Record) -> Iterator[Contradiction]:
    """A vital sign in another unit, or one that nobody survives."""
    for observation in record.of("Observation"):
        for part in (observation, *observation.get("component", [])):
            for code in codes(part["code"], LOINC):
                if code not in _VITALS or "valueQuantity" not in part:
                    continue
                unit, lowest, highest = _VITALS[code]
                measured = part["valueQuantity"]
                if measured["code"] != unit or not lowest <= measured["value"] <= highest:
                    yield Contradiction(
                        "impossible-sign",
                        name(observation),
                        f"{code} {measured['value']} {measured['code']}",
                    )


def impossible_panel(record: Record) -> Iterator[Contradiction]:
    """Results of one report that cannot be true together."""
    for report in record.of("DiagnosticReport"):
        values: dict[str, float] = {}
        for reference in report.get("result", []):
            observation = record.by_ref.get(reference["reference"])
            item = _item(observation) if observation else None
            value = quantity(observation) if observation else None
            if item and value is not None:
                values[item.key] = float(value)
        for text in _impossible(values):
            yield Contradiction("impossible-panel", name(report), text)


def _impossible(values: dict[str, float]) -> Iterator[str]:
    has = values.keys()
    if {"chol", "ldl", "hdl"} <= has and values["chol"] < values["ldl"] + values["hdl"] - 0.02:
        yield "cholesterol is less than its parts"
    if {"tbil", "dbil"} <= has and values["dbil"] > values["tbil"]:
        yield "direct bilirubin exceeds the total"
    if {"neutp", "lymp"} <= has and values["neutp"] + values["lymp"] > 100:
        yield "more than 100 % of leukocytes"
    if {"hct", "rbc", "mcv"} <= has and abs(values["hct"] * 10 / values["rbc"] - values["mcv"]) > 2:
        yield "cell volume does not follow from haematocrit and count"
    if {"ph", "pco2", "hco3"} <= has:
        expected = 6.1 + math.log10(values["hco3"] / (0.0307 * values["pco2"]))
        if abs(expected - values["ph"]) > 0.03:
            yield f"pH {values['ph']} does not follow from gases ({expected:.2f})"


RULES: Final[tuple[Rule, ...]] = (
    wrong_unit,
    wrong_range,
    wrong_flag,
    impossible_sign,
    impossible_panel,
)
