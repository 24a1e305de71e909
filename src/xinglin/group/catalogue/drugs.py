"""One row of a drug sheet, the starter's or an operator's, made into a Drug.

docs/adr/0012-drug-dictionary.md says what each column and flag means.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from xinglin.kernel.errors import Invalid, Issue

from .model import Dose, Drug, Ingredient
from .strength import UNITS, Amount, amount, in_base, pack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .model import Term
    from .strength import Pack

FLAGS: Final = {
    "AB1": ("非限制使用级抗菌药物", "antibiotic, non-restricted"),
    "AB2": ("限制使用级抗菌药物", "antibiotic, restricted"),
    "AB3": ("特殊使用级抗菌药物", "antibiotic, special"),
    "N": ("麻醉药品", "narcotic"),
    "P1": ("第一类精神药品", "psychotropic, first class"),
    "P2": ("第二类精神药品", "psychotropic, second class"),
    "TOX": ("医疗用毒性药品", "toxic drug for medical use"),
    "PRE": ("药品类易制毒化学品", "drug precursor"),
    "HA": ("高警示药品", "high-alert"),
    "LA": ("易混淆药品", "look-alike, sound-alike"),
    "ST": ("需皮试", "skin test required"),
    "COLD": ("冷藏（2～8℃）", "refrigerated (2-8 °C)"),
    "DARK": ("避光", "protected from light"),
    "HAZ": ("细胞毒性药品", "cytotoxic"),
    "SOLV": ("可作溶媒", "diluent"),
    "TCM": ("中成药", "Chinese patent medicine"),
    "BIO": ("生物制品", "biological product"),
    "RESCUE": ("抢救药品", "emergency drug"),
}
"""What a drug can be flagged as; HA and LA name their group after a colon."""

_DOSE: Final = re.compile(r"(\d+(?:\.\d+)?)([^\d\s]+)\s+(\S+)")


def drug(row: Mapping[str, str], group: str, forms: Mapping[str, Term]) -> Drug:
    """Read a row; raises Invalid with what is wrong with it."""
    made = pack(row["spec"])
    names = _names(row["inn"])
    form = forms.get(row["form"])
    return Drug(
        code=row["code"],
        zh=row["zh"],
        en=row.get("en") or _english(row["inn"], form),
        spec=row["spec"],
        pack=made,
        form=row["form"],
        routes=tuple(row["routes"].split()),
        ingredients=_ingredients(_names(row["ingredient"]), names, made),
        flags=tuple(row["flags"].split()),
        dose=_dose(row["dose"]) if row["dose"] else None,
        most=amount(row["most"]) if row["most"] else None,
        atc=row["atc"],
        group=group,
    )


def _names(text: str) -> list[str]:
    return [one.strip() for one in text.split("+") if one.strip()]


def _english(inn: str, form: Term | None) -> str:
    name = " and ".join(_names(inn))
    name = name[:1].upper() + name[1:]
    return f"{name} {form.en}" if form else name


def _ingredients(zh: list[str], en: list[str], made: Pack) -> tuple[Ingredient, ...]:
    if len(zh) != len(en):
        raise Invalid(
            Issue(
                "value",
                f"{len(zh)} ingredients in Chinese and {len(en)} in English; name the same ones.",
                f"成分中文 {len(zh)} 个、英文 {len(en)} 个，请一一对应。",
            )
        )
    if len(made.contents) not in (0, 1, len(zh)):
        raise Invalid(
            Issue(
                "value",
                f"{len(made.contents)} strengths for {len(zh)} ingredients; give one for each.",
                f"规格中有 {len(made.contents)} 个含量，而成分有 {len(zh)} 个，请一一对应。",
            )
        )
    each: list[Amount | None] = [None] * len(zh)
    if len(made.contents) == len(zh):
        each = list(made.contents)
    return tuple(Ingredient(a, b, c) for a, b, c in zip(zh, en, each, strict=True))


def _dose(text: str) -> Dose:
    match = _DOSE.fullmatch(text)
    if match is None:
        raise Invalid(
            Issue(
                "value",
                f"The usual dose '{text}' cannot be read. Write it like '0.5g tid' or '1片 qd'.",
                f"常用剂量“{text}”无法识别。请写成“0.5g tid”或“1片 qd”。",
            )
        )
    written = match[2]
    if written in UNITS:
        unit, factor = UNITS[written]
        return Dose(Decimal(match[1]) * factor, unit, match[3])
    return Dose(Decimal(match[1]), written, match[3])


def chain(one: Drug) -> dict[str, Decimal]:
    """How much of each unit a split unit is: its own (片, 支) is 1, then UCUM units.

    Of a cream of 10 g with 0.1 g of its ingredient, grams are those of the ingredient. The amount
    of a combination is that of its ingredients together where the label says one.
    """
    found = {one.pack.split: Decimal(1)}
    contents = one.pack.contents if len(one.pack.contents) == 1 else ()
    if one.pack.size and in_base(Decimal(1), one.pack.size.unit)[1] not in {
        in_base(Decimal(1), each.unit)[1] for each in contents
    }:
        found[one.pack.size.unit] = one.pack.size.value
    return found | {each.unit: each.value for each in contents}


def convert(one: Drug, value: Decimal, unit: str) -> Fraction | None:
    """How many split units (片, 支) a dose is, exact; None where the unit does not belong to it."""
    known = chain(one)
    if unit == one.pack.unit and unit != one.pack.split:
        return Fraction(value) * one.pack.count
    wanted, base = in_base(value, unit)
    for each, amount_ in known.items():
        content, own = in_base(amount_, each)
        if own == base:
            return Fraction(wanted) / Fraction(content)
    return None
