"""Consistency of laboratory, examinations, price list and consumables; see `checking`.

spec/clinical.md, sections 1b and 1c; docs/adr/0012-drug-dictionary.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xinglin.fhir import ucum

from . import starter
from .findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .model import Charge, LabItem, LabPanel


def check() -> Iterator[Finding]:
    """All findings."""
    for item in starter.lab_items().values():
        yield from _told(f"lab-items {item.code}", _item(item))
    for panel in starter.lab_panels().values():
        yield from _told(f"lab-panels {panel.code}", _panel(panel))
    yield from _ordered()
    yield from _examinations()
    for charge in starter.charges().values():
        yield from _told(f"charges {charge.code} {charge.zh}", _charge(charge))
    yield from _supplies()


def _told(place: str, said: Iterator[tuple[str, str]]) -> Iterator[Finding]:
    for en, zh in said:
        yield Finding(place, en, zh)


def _item(item: LabItem) -> Iterator[tuple[str, str]]:
    if item.unit and ucum.parse(item.unit) is None:
        yield f"{item.unit} is no UCUM unit", f"{item.unit} 不是 UCUM 单位"
    if item.low is not None and item.high is not None and item.low > item.high:
        yield "the lower limit is above the upper one", "下限高于上限"
    if (item.low is not None or item.high is not None) and not item.unit:
        yield "limits without a unit", "有参考范围而无单位"
    if item.section not in starter.terms("lab-sections"):
        yield f"there is no section {item.section}", f"没有专业组 {item.section}"


def _panel(panel: LabPanel) -> Iterator[tuple[str, str]]:
    tube = starter.terms("tubes").get(panel.tube)
    if panel.specimen not in starter.terms("specimens"):
        yield f"there is no specimen {panel.specimen}", f"没有标本 {panel.specimen}"
    if tube is None:
        yield f"there is no tube {panel.tube}", f"没有容器 {panel.tube}"
    elif panel.volume is not None and panel.volume > float(tube.more["ml"]):
        yield "more is needed than the tube holds", "所需量超过容器容量"
    if not panel.items or panel.minutes <= 0:
        yield "a panel needs items and a time", "组合须有项目与时限"
    for code in panel.items:
        if code not in starter.lab_items():
            yield f"there is no item {code}", f"没有项目 {code}"
    if len(set(panel.items)) != len(panel.items):
        yield "an item stands twice", "项目重复"


def _ordered() -> Iterator[Finding]:
    ordered = {code for panel in starter.lab_panels().values() for code in panel.items}
    for code in starter.lab_items().keys() - ordered:
        yield Finding(f"lab-items {code}", "nobody can order it", "没有组合包含该项目")


def _examinations() -> Iterator[Finding]:
    known = {name: starter.terms(name) for name in ("modalities", "body-sites", "preparations")}
    for one in starter.examinations().values():
        place = f"examinations {one.code}"
        named = [("modalities", one.modality), ("body-sites", one.site)]
        named += [("preparations", code) for code in one.preparation.split()]
        for name, code in named:
            if code not in known[name]:
                yield Finding(place, f"there is no {code} in {name}", f"{name} 中没有 {code}")
        if "contrast-" in one.preparation and not one.contrast:
            yield Finding(place, "prepared for contrast that it has not", "有造影准备而无造影")


def _charge(charge: Charge) -> Iterator[tuple[str, str]]:
    if not (charge.zh and charge.en and charge.unit):
        yield "name or unit is missing", "缺少名称或单位"
    if charge.category not in starter.terms("fee-categories"):
        yield f"there is no class {charge.category}", f"没有收费类别 {charge.category}"
    if any(price.amount <= 0 for price in charge.prices):
        yield "a price must be above 0", "价格须大于 0"
    keys = [(price.campus, price.since) for price in charge.prices]
    if len(set(keys)) != len(keys):
        yield "two prices of a campus begin on one day", "同一院区同日有两个价格"
    kind, _, code = charge.link.partition(":")
    known = {
        "lab": starter.lab_panels(),
        "exam": starter.examinations(),
        "supply": starter.consumables(),
        "route": starter.terms("routes"),
    }.get(kind)
    if known is not None and code not in known:
        yield f"there is no {charge.link}", f"没有 {charge.link}"


def _supplies() -> Iterator[Finding]:
    for one in starter.consumables().values():
        place = f"consumables {one.code} {one.zh}"
        if one.supplier not in starter.suppliers():
            yield Finding(
                place, f"there is no supplier {one.supplier}", f"没有供应商 {one.supplier}"
            )
        if one.charge and one.charge not in starter.charges():
            yield Finding(place, f"there is no charge {one.charge}", f"没有收费项目 {one.charge}")
        if one.unit not in starter.terms("units"):
            yield Finding(place, f"there is no unit {one.unit}", f"没有单位 {one.unit}")
