"""What the catalogues hold: frequencies, routes, drugs, laboratory items, examinations, prices.

spec/clinical.md, sections 1a to 1c and 3.7a; docs/adr/0012-drug-dictionary.md.
"""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

import msgspec

from .strength import Amount, Pack


class Term(msgspec.Struct, frozen=True):
    """A code with its names; ``more`` are the columns that only its own list has."""

    code: str
    zh: str
    en: str
    more: dict[str, str] = {}


class Frequency(msgspec.Struct, frozen=True):
    """How often. ``times`` a day, 0 where that depends; ``clock`` is the ward's default.

    ``kind``: regular, interval, meal, once, standby (sos), prn or continuous.
    """

    code: str
    zh: str
    en: str
    kind: str
    times: int
    clock: tuple[time, ...]
    period: Amount | None
    days: tuple[str, ...]
    when: tuple[str, ...]
    standard: str
    first: str


class Ingredient(msgspec.Struct, frozen=True):
    """An active ingredient and how much of it a split unit holds, where the label says so."""

    zh: str
    en: str
    strength: Amount | None


class Dose(msgspec.Struct, frozen=True):
    """The usual single dose of an adult, in ``unit`` (UCUM, or 片, 支), and how often."""

    value: Decimal
    unit: str
    frequency: str


class Drug(msgspec.Struct, frozen=True):
    """One product of the formulary.

    The starter set has no makers; ``barcode`` (69-code), ``trace`` (the 7 digits that begin its
    traceability codes), ``approval`` and ``maker`` come with an operator's own formulary.
    """

    code: str
    zh: str
    en: str
    spec: str
    pack: Pack
    form: str
    routes: tuple[str, ...]
    ingredients: tuple[Ingredient, ...]
    flags: tuple[str, ...]
    dose: Dose | None
    most: Amount | None
    atc: str
    group: str
    barcode: str = ""
    trace: str = ""
    approval: str = ""
    maker: str = ""

    @property
    def display(self) -> str:
        """As the order says it: 0.9%氯化钠注射液 100ml:0.9g/袋."""
        return f"{self.zh} {self.spec}"

    def flag(self, name: str) -> str | None:
        """What stands behind ``name:`` in the flags, "" for a bare flag, None without it."""
        for one in self.flags:
            key, _, value = one.partition(":")
            if key == name:
                return value
        return None

    def has(self, *names: str) -> bool:
        """Whether it has one of these flags."""
        return any(self.flag(name) is not None for name in names)


class LabItem(msgspec.Struct, frozen=True):
    """One result of the laboratory. ``unit`` is UCUM, "" for a finding in words."""

    code: str
    zh: str
    en: str
    loinc: str
    unit: str
    places: int
    low: Decimal | None
    high: Decimal | None
    section: str


class LabPanel(msgspec.Struct, frozen=True):
    """What is ordered, drawn into one tube and reported together."""

    code: str
    zh: str
    en: str
    specimen: str
    tube: str
    volume: Decimal | None
    minutes: int
    fasting: bool
    section: str
    items: tuple[str, ...]


class Examination(msgspec.Struct, frozen=True):
    """What can be ordered of imaging, endoscopy, function tests and pathology."""

    code: str
    zh: str
    en: str
    modality: str
    site: str
    preparation: str
    minutes: int
    contrast: bool


class Price(msgspec.Struct, frozen=True):
    """What a unit costs, in CNY. ``campus`` "" is the group's price."""

    campus: str
    since: date
    amount: Decimal


class Charge(msgspec.Struct, frozen=True):
    """One item of the price list. ``link`` says what it is charged for: ``lab:CBC``, ``exam:…``."""

    code: str
    zh: str
    en: str
    unit: str
    category: str
    link: str
    prices: tuple[Price, ...]


class Consumable(msgspec.Struct, frozen=True):
    """A thing that is used up, with its size and supplier."""

    code: str
    zh: str
    en: str
    size: str
    unit: str
    category: str
    sterile: bool
    charge: str
    supplier: str


class Supplier(msgspec.Struct, frozen=True):
    """Somebody who sells to the group; all invented."""

    code: str
    zh: str
    en: str
    kind: str
    phone: str
