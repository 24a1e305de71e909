"""Notes against data: what a note says must be what was measured.

Compositions carry references to what their sentences speak of (section.entry).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .record import Contradiction, age, moment, name, quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xinglin.simulator.codes import Json

    from .record import Record, Rule

_OPENING: Final = re.compile(r"患者([男女])，(\d+)(岁|月|天)")
_TEMPERATURE: Final = re.compile(r"体温(\d+\.\d)℃")
_PRESSURE: Final = re.compile(r"血压(\d+)/(\d+)mmHg")


def _sections(record: Record) -> Iterator[tuple[Json, Json, str]]:
    for note in record.of("Composition"):
        for section in note["section"]:
            yield note, section, section["text"]["div"]


def _marks(observation: Json) -> set[str]:
    return {c["code"] for i in observation.get("interpretation", []) for c in i.get("coding", [])}


def misquoted(record: Record) -> Iterator[Contradiction]:
    """A note that names a result but gives another number, or speaks of what is not there yet."""
    for note, section, text in _sections(record):
        for entry in section.get("entry", []):
            about = record.by_ref.get(entry["reference"])
            if about is None:
                yield Contradiction("misquoted", name(note), f"{entry['reference']} does not exist")
                continue
            value = quantity(about)
            if value is not None and f"{about['code']['text']}{value}" not in text:
                yield Contradiction(
                    "misquoted", name(note), f"does not say {value} as {name(about)}"
                )
            if "issued" in about and moment(about["issued"]) > moment(note["date"]):
                yield Contradiction("misquoted", name(note), f"{name(about)} was not known yet")


def calm_critical(record: Record) -> Iterator[Contradiction]:
    """A critical-value note about a result that is not critical."""
    for note, section, _ in _sections(record):
        if note["title"] != "危急值处理记录":
            continue
        for entry in section.get("entry", []):
            about = record.by_ref.get(entry["reference"])
            if about is not None and not _marks(about) & {"LL", "HH"}:
                yield Contradiction("calm-critical", name(note), f"{name(about)} is not critical")


def unnoticed_critical(record: Record) -> Iterator[Contradiction]:
    """A critical value of a finished encounter that nobody wrote a note about."""
    noted = {
        entry["reference"]
        for note, section, _ in _sections(record)
        if note["title"] == "危急值处理记录"
        for entry in section.get("entry", [])
    }
    for observation in record.of("Observation"):
        encounter = record.encounter(observation)
        if (
            _marks(observation) & {"LL", "HH"}
            and name(observation) not in noted
            and encounter is not None
            and encounter["status"] == "finished"
        ):
            yield Contradiction("unnoticed-critical", name(observation), "no note about it")


def another_person(record: Record) -> Iterator[Contradiction]:
    """A note that gives the patient another sex or age."""
    for note, _, text in _sections(record):
        patient, encounter = record.patient(note), record.encounter(note)
        for sex, number, unit in _OPENING.findall(text):
            if patient is None or encounter is None:
                continue
            if (sex == "男") != (patient["gender"] == "male"):
                yield Contradiction("another-person", name(note), f"calls the patient {sex}")
            years = age(patient, moment(encounter["period"]["start"]))
            said = int(number) / {"岁": 1.0, "月": 12.0, "天": 365.25}[unit]
            if abs(years - said) > {"岁": 1.02, "月": 0.12, "天": 0.01}[unit]:
                yield Contradiction(
                    "another-person", name(note), f"{number}{unit}, not {years:.2f}"
                )


def unmeasured(record: Record) -> Iterator[Contradiction]:
    """A temperature or blood pressure in a note that nobody measured in that encounter."""
    measured: dict[str, set[str]] = {}
    for observation in record.of("Observation"):
        there = measured.setdefault(observation.get("encounter", {}).get("reference", ""), set())
        if quantity(observation) is not None:
            there.add(str(quantity(observation)))
        parts = [str(quantity(part)) for part in observation.get("component", [])]
        there.add("/".join(parts))
    for note, _, text in _sections(record):
        there = measured.get(note["encounter"]["reference"], set())
        for value in _TEMPERATURE.findall(text):
            if value not in there:
                yield Contradiction("unmeasured", name(note), f"temperature {value}")
        for high, low in _PRESSURE.findall(text):
            if f"{high}/{low}" not in there:
                yield Contradiction("unmeasured", name(note), f"blood pressure {high}/{low}")


RULES: Final[tuple[Rule, ...]] = (
    misquoted,
    calm_critical,
    unnoticed_critical,
    another_person,
    unmeasured,
)
