"""Consistency of the catalogues: each finding names the sheet and the entry, in both languages.

spec/clinical.md, 3.7a; docs/adr/0012-drug-dictionary.md lists the rules.
"""

from __future__ import annotations

import re
from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from . import orders, sheets, starter
from .drugs import FLAGS, convert
from .findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .model import Drug, Frequency

_ATC: Final = re.compile(r"[A-V]\d\d([A-Z]([A-Z](\d\d)?)?)?")
_ANTIBIOTIC: Final = ("AB1", "AB2", "AB3")
_CONTROLLED: Final = ("N", "P1", "P2")
_GROUPED: Final = ("HA", "LA")
_DROP: Final = frozenset(("滴", "揿", "喷", "吸", "贴", "套"))
"""Units of use that a pack need not name."""
_LEAST: Final = Fraction(1, 100)
_MOST: Final = 40
"""How many tablets, capsules or ampoules a usual dose can be."""
_KINDS: Final = {
    "oral": {"oral", "external", "other"},
    "injection": {"injection", "infusion", "other", "inhaled", "external"},
    "inhaled": {"inhaled"},
    "external": {"external", "inhaled", "other", "oral", "injection"},
    "rectal": {"other"},
    "vaginal": {"other", "external", "oral"},
    "dialysis": {"other"},
}
"""Kind of form -> kinds of routes it can take."""


def check() -> list[Finding]:
    """All findings of the starter catalogues; none where they are sound."""
    return [
        *_sheets(),
        *_frequencies(),
        *(one for drug in starter.all_drugs().values() for one in check_drug(drug)),
        *_twins(),
        *_look_alikes(),
        *orders.check(),
    ]


def _sheets() -> Iterator[Finding]:
    codes: dict[str, Counter[str]] = {}
    for sheet in sheets.everything():
        for key in sheets.NEEDED:
            if not sheet.about.get(key):
                yield Finding(sheet.name, f"says nothing of its {key}", f"未写明 {key}")
        folder = sheet.name.partition("/")[0]
        codes.setdefault(folder, Counter()).update(row["code"] for row in sheet.rows)
    for folder, counted in codes.items():
        for code, count in counted.items():
            if count > 1:
                yield Finding(f"{folder} {code}", "the code stands twice", "编码重复")


def _frequencies() -> Iterator[Finding]:
    for one in starter.frequencies().values():
        for en, zh in _frequency(one):
            yield Finding(f"frequencies {one.code}", en, zh)


def _frequency(one: Frequency) -> Iterator[tuple[str, str]]:
    if one.clock and len(one.clock) != one.times:
        yield (
            f"{len(one.clock)} clock times and {one.times} times a day",
            f"时点 {len(one.clock)} 个，每日次数 {one.times}",
        )
    if len(set(one.clock)) != len(one.clock):
        yield "a clock time stands twice", "时点重复"
    period = one.period
    if period and period.unit == "h" and one.times and period.value * one.times != 24:
        yield "hours between doses times doses a day is not 24", "间隔小时数与每日次数之积不是 24"
    if one.kind in ("regular", "meal") and period is None:
        yield "a regular frequency needs a period", "定时频次需要周期"
    if one.days and one.code[0].isdigit() and int(one.code[0]) != len(one.days):
        yield "the days do not agree with the code", "星期数与编码不符"


def check_drug(drug: Drug) -> Iterator[Finding]:
    """What does not fit together in one drug."""
    for en, zh in (*_flags(drug), *_lists(drug), *_dose(drug)):
        yield Finding(f"{drug.code} {drug.display}", en, zh)
    if drug.atc and not _ATC.fullmatch(drug.atc):
        yield Finding(f"{drug.code} {drug.display}", "no ATC code", "不是 ATC 编码")


def _flags(drug: Drug) -> Iterator[tuple[str, str]]:
    names = [flag.partition(":")[0] for flag in drug.flags]
    for name in names:
        if name not in FLAGS:
            yield f"there is no flag {name}", f"没有标识 {name}"
    if len(set(names)) != len(names):
        yield "a flag stands twice", "标识重复"
    if sum(name in _ANTIBIOTIC for name in names) > 1:
        yield "two antibiotic tiers", "抗菌药物分级重复"
    if sum(name in _CONTROLLED for name in names) > 1:
        yield "narcotic and psychotropic at once", "麻醉药品与精神药品标识冲突"
    if drug.has(*_ANTIBIOTIC) and drug.has(*_CONTROLLED):
        yield "an antibiotic is not a controlled drug", "抗菌药物不应标为麻醉或精神药品"
    for name in _GROUPED:
        if drug.flag(name) == "":
            yield f"{name} needs its group, such as {name}:胰岛素", f"{name} 需写明分组"
    if drug.has("SOLV") and not set(drug.routes) & {"ivgtt", "iv", "im"}:
        yield "a diluent must be injectable", "溶媒应为注射剂"
    if drug.has("N", "P1") and not drug.has("HA") and drug.form == "inj":
        yield "an injected narcotic is high-alert", "麻醉、精一注射剂应为高警示药品"


def _lists(drug: Drug) -> Iterator[tuple[str, str]]:
    forms, routes, units = (starter.terms(name) for name in ("forms", "routes", "units"))
    if drug.form not in forms:
        yield f"there is no form {drug.form}", f"没有剂型 {drug.form}"
        return
    for unit in {drug.pack.unit, drug.pack.split}:
        if unit not in units:
            yield f"there is no unit {unit}", f"没有单位 {unit}"
    if not drug.routes:
        yield "no route", "缺少给药途径"
    kind = forms[drug.form].more["kind"]
    for route in drug.routes:
        if route not in routes:
            yield f"there is no route {route}", f"没有给药途径 {route}"
        elif routes[route].more["kind"] not in _KINDS[kind]:
            yield f"{kind} form by route {route}", f"剂型（{kind}）与给药途径 {route} 不符"


def _dose(drug: Drug) -> Iterator[tuple[str, str]]:
    dose = drug.dose
    if dose is None:
        return
    often = starter.frequencies().get(dose.frequency)
    if often is None:
        yield f"there is no frequency {dose.frequency}", f"没有频次 {dose.frequency}"
        return
    split = convert(drug, dose.value, dose.unit)
    if split is None:
        if dose.unit not in _DROP:
            yield f"a dose in {dose.unit} does not convert", f"剂量单位 {dose.unit} 无法换算"
        return
    if drug.pack.split not in ("片", "粒", "支", "丸", "袋"):
        return
    if not _LEAST <= split <= _MOST:
        shown = f"{float(split):g} {drug.pack.split}"
        yield f"a dose is {shown}", f"一次剂量为 {shown}"
    if drug.most and often.times:
        most = convert(drug, drug.most.value, drug.most.unit)
        if most is None or split * often.times > most:
            yield "the usual doses are more than the most a day", "常用量超过每日极量"


def _twins() -> Iterator[Finding]:
    counted = Counter(drug.display for drug in starter.all_drugs().values())
    for display, count in counted.items():
        if count > 1:
            yield Finding(display, "the same product stands twice", "同一药品规格重复")


def _look_alikes() -> Iterator[Finding]:
    groups: dict[str, set[str]] = {}
    for drug in starter.all_drugs().values():
        group = drug.flag("LA")
        if group:
            groups.setdefault(group, set()).add(drug.display)
    yield from _alone(groups)


def _alone(groups: Mapping[str, set[str]]) -> Iterator[Finding]:
    for group, names in groups.items():
        if len(names) < 2:
            only = next(iter(names))
            yield Finding(f"LA:{group}", f"{only} is alone in its group", f"{only} 在组内只有一个")
