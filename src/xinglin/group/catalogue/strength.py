"""Strength and pack as Chinese labels write them, such as ``100ml:0.9g/袋`` or ``0.25g×24粒/盒``.

药品说明书和标签管理规定 (2006), 规格; units become UCUM, https://ucum.org.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

import msgspec

from xinglin.kernel.errors import Invalid, Issue

UNITS: Final = {
    "g": ("g", 1), "mg": ("mg", 1), "μg": ("ug", 1), "ug": ("ug", 1), "kg": ("kg", 1),
    "ng": ("ng", 1), "ml": ("mL", 1), "mL": ("mL", 1), "L": ("L", 1), "μl": ("uL", 1),
    "mmol": ("mmol", 1), "kcal": ("kcal", 1), "cm": ("cm", 1), "cm2": ("cm2", 1),
    "单位": ("[iU]", 1), "万单位": ("[iU]", 10_000), "亿单位": ("[iU]", 100_000_000),
    "IU": ("[iU]", 1), "万IU": ("[iU]", 10_000), "U": ("[iU]", 1), "万U": ("[iU]", 10_000),
    "亿CFU": ("[CFU]", 100_000_000),
}  # fmt: skip
"""Written unit -> UCUM unit and factor."""

METRIC: Final = {
    "kg": ("g", Decimal(1000)), "g": ("g", Decimal(1)), "mg": ("g", Decimal("0.001")),
    "ug": ("g", Decimal("0.000001")), "ng": ("g", Decimal("0.000000001")),
    "L": ("mL", Decimal(1000)), "mL": ("mL", Decimal(1)), "uL": ("mL", Decimal("0.001")),
}  # fmt: skip
"""UCUM unit -> base unit and factor, for the exact conversions that dosing needs."""

VOLUMES: Final = frozenset(("mL", "L", "uL"))
_AMOUNT: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([^\d\s.]\S*)")
_COUNT: Final = re.compile(r"(\d+)\s*([^\d\s]+)")


class Amount(msgspec.Struct, frozen=True):
    """A number with its UCUM unit, and both as they were written."""

    value: Decimal
    unit: str
    shown: str


class Pack(msgspec.Struct, frozen=True):
    """One pack: how many split units it holds, and what is in each of them.

    ``contents`` has one amount for each active ingredient, or none where the label gives only
    a size. ``size`` is the volume or mass of the whole split unit, where the label gives it.
    """

    unit: str
    count: int
    split: str
    size: Amount | None
    contents: tuple[Amount, ...]


def amount(text: str) -> Amount:
    """Read ``0.25g``; raises Invalid."""
    match = _AMOUNT.fullmatch(text.strip())
    if match is None or match[2] not in UNITS:
        raise _unreadable(text)
    unit, factor = UNITS[match[2]]
    return Amount(Decimal(match[1]) * factor, unit, text.strip())


def pack(text: str) -> Pack:
    """Read a strength with its pack; raises Invalid.

    ``[size:]strength[/strength...][×count split]/pack``, where a split unit that is not given is
    the pack itself: ``20ml:1.2g/0.3g/支`` is one ampoule with two ingredients.
    """
    rest, slash, unit = text.strip().rpartition("/")
    if not slash or not unit:
        raise _unreadable(text)
    rest, times, counted = rest.partition("×")
    count, split = 1, unit
    if times:
        match = _COUNT.fullmatch(counted)
        if match is None or int(match[1]) < 1:
            raise _unreadable(text)
        count, split = int(match[1]), match[2]
    first, colon, strengths = rest.rpartition(":")
    size = amount(first) if colon else None
    contents = [amount(one) for one in strengths.split("/")] if strengths else []
    if size is None and len(contents) == 1 and contents[0].unit in VOLUMES:
        size, contents = contents[0], []
    return Pack(unit, count, split, size, tuple(contents))


def in_base(value: Decimal, unit: str) -> tuple[Decimal, str]:
    """In grams or millilitres where the unit is of mass or volume, else as it is."""
    base, factor = METRIC.get(unit, (unit, Decimal(1)))
    return value * factor, base


def _unreadable(text: str) -> Invalid:
    return Invalid(
        Issue(
            "value",
            f"The strength '{text}' cannot be read. Write it like 0.25g×24粒/盒 or 100ml:0.9g/袋.",
            f"规格“{text}”无法识别。请写成 0.25g×24粒/盒 或 100ml:0.9g/袋 的形式。",
        )
    )
