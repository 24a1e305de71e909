"""Which price of an item holds in a campus on a day.

https://hl7.org/fhir/R4/chargeitemdefinition.html; docs/adr/0012-drug-dictionary.md
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from .model import Charge, Price


def price(charge: Charge, campus: str, day: date) -> Price | None:
    """The latest price that has begun: the campus's own one, else the group's; None before any."""
    begun = [one for one in charge.prices if one.since <= day and one.campus in (campus, "")]
    own = [one for one in begun if one.campus] or begun
    return max(own, key=lambda one: one.since, default=None)
