"""The packaged catalogues, read from their sheets into structs.

The sheets are in ``data/``; each says who owns it, where it is from and that it is a draft.
"""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Final

from . import drugs, sheets
from .model import (
    Charge,
    Consumable,
    Examination,
    Frequency,
    LabItem,
    LabPanel,
    Price,
    Supplier,
    Term,
)
from .strength import Amount

if TYPE_CHECKING:
    from .model import Drug

_TERM: Final = ("code", "zh", "en")
SINCE: Final = "2026-01-01"
"""From when a price of the starter set holds, unless its row says otherwise."""


@cache
def terms(name: str) -> dict[str, Term]:
    """A plain list: routes, forms, units, specimens, tubes, modalities, categories."""
    return {
        row["code"]: Term(
            row["code"], row["zh"], row["en"], {k: v for k, v in row.items() if k not in _TERM}
        )
        for row in ({"zh": row["code"], **row} for row in sheets.sheet(name).rows)
    }


@cache
def frequencies() -> dict[str, Frequency]:
    """All order frequencies."""
    return {row["code"]: frequency(row) for row in sheets.sheet("frequencies").rows}


def frequency(row: dict[str, str]) -> Frequency:
    """One row of the sheet."""
    number, _, unit = row["period"].partition(" ")
    return Frequency(
        code=row["code"],
        zh=row["zh"],
        en=row["en"],
        kind=row["kind"],
        times=int(row["times"] or 0),
        clock=tuple(time.fromisoformat(one) for one in row["clock"].split()),
        period=Amount(Decimal(number), unit, row["period"]) if number else None,
        days=tuple(row["days"].split()),
        when=tuple(row["when"].split()),
        standard=row["standard"],
        first=row["first"],
    )


@cache
def all_drugs() -> dict[str, Drug]:
    """The drug dictionary."""
    forms = terms("forms")
    return {
        row["code"]: drugs.drug(row, sheet.name.rpartition("/")[2].removesuffix(".csv"), forms)
        for sheet in sheets.group("drugs")
        for row in sheet.rows
    }


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


@cache
def lab_items() -> dict[str, LabItem]:
    """All laboratory results."""
    return {
        row["code"]: LabItem(
            row["code"],
            row["zh"],
            row["en"],
            row["loinc"],
            row["unit"],
            int(row["places"] or 0),
            _number(row["low"]),
            _number(row["high"]),
            row["section"],
        )
        for row in sheets.sheet("lab-items").rows
    }


@cache
def lab_panels() -> dict[str, LabPanel]:
    """All that can be ordered of the laboratory."""
    return {
        row["code"]: LabPanel(
            row["code"],
            row["zh"],
            row["en"],
            row["specimen"],
            row["tube"],
            _number(row["ml"]),
            int(row["minutes"]),
            row["fasting"] == "y",
            row["section"],
            tuple(row["items"].split()),
        )
        for row in sheets.sheet("lab-panels").rows
    }


@cache
def examinations() -> dict[str, Examination]:
    """All that can be ordered of the diagnostic departments."""
    return {
        row["code"]: Examination(
            row["code"],
            row["zh"],
            row["en"],
            row["modality"],
            row["site"],
            row["prep"],
            int(row["minutes"]),
            row["contrast"] == "y",
        )
        for row in sheets.sheet("examinations").rows
    }


@cache
def charges() -> dict[str, Charge]:
    """The price list; an item that is charged for one order has the name of that."""
    return {row["code"]: _charge(row) for one in sheets.group("charges") for row in one.rows}


def _charge(row: dict[str, str]) -> Charge:
    kind, _, code = row["link"].partition(":")
    named = {"lab": lab_panels, "exam": examinations}.get(kind)
    link = named().get(code) if named else None
    prices = [Price("", date.fromisoformat(row["since"] or SINCE), Decimal(row["price"]))]
    for one in row["campus"].split():
        campus, amount, *since = one.split("=")
        day = date.fromisoformat(since[0] if since else row["since"] or SINCE)
        prices.append(Price(campus, day, Decimal(amount)))
    return Charge(
        row["code"],
        row["zh"] or (link.zh if link else ""),
        row["en"] or (link.en if link else ""),
        row["unit"],
        row["category"],
        row["link"],
        tuple(prices),
    )


@cache
def consumables() -> dict[str, Consumable]:
    """Things that are used up."""
    return {
        row["code"]: Consumable(
            row["code"],
            row["zh"],
            row["en"],
            row["size"],
            row["unit"],
            row["category"],
            row["sterile"] == "y",
            row["charge"],
            row["supplier"],
        )
        for row in sheets.sheet("consumables").rows
    }


@cache
def suppliers() -> dict[str, Supplier]:
    """Who sells to the group."""
    return {
        row["code"]: Supplier(row["code"], row["zh"], row["en"], row["kind"], row["phone"])
        for row in sheets.sheet("suppliers").rows
    }
