"""Who of the invented group has an account, and as what.

SMART App Launch 2.x, user contexts; the roles are those of trust/policy/data/roles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from . import roster
from .tables import table

if TYPE_CHECKING:
    from collections.abc import Iterator


class DemoAccount(msgspec.Struct, frozen=True):
    """An account; references are written as FHIR does."""

    user: str
    role: str
    zh: str
    en: str
    organization: str | None = None
    units: tuple[str, ...] = ()
    practitioner: str | None = None


def staff() -> Iterator[DemoAccount]:
    """The accounts of the staff, in the order in which the sign-in page shows them."""
    for user, row in table("accounts").items():
        yield _account(user, row)


def _account(user: str, row: dict[str, Any]) -> DemoAccount:
    campus = row.get("campus", "")
    units: tuple[str, ...] = ()
    if "ward" in row:
        units = (f"Location/xg-w-{row['ward'].lower()}",)
    elif "department" in row:
        units = (f"Organization/xg-{campus.lower()}-{row['department'].lower()}",)
    zh, en, practitioner = row.get("zh", ""), row.get("en", ""), None
    if "member" in row:
        kind, number = row["member"]
        member = roster.members(row["department"], campus)[kind][number]
        zh = en = member.name.text
        practitioner = f"Practitioner/{member.id}"
    return DemoAccount(
        user=user,
        role=row["role"],
        zh=zh,
        en=en,
        organization=f"Organization/xg-{campus.lower()}" if campus else None,
        units=units,
        practitioner=practitioner,
    )
