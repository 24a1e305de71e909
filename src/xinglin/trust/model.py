"""What the parts of this room tell each other: who is signed in, and in which position.

SMART App Launch 2.x, launch context: https://hl7.org/fhir/smart-app-launch/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from xinglin.cdr.access import Access


OPERATOR = "operator"
"""The role of whoever installs and maintains: the local administrator."""


class Position(msgspec.Struct, frozen=True):
    """One appointment of an account: a role at an organisation.

    ``organization`` is the rid of the campus or institution that answers for what is written (the
    home); None: the whole group. ``units`` are the rids of the departments (Organization), wards
    (Location) and the like whose patients are the holder's own.
    """

    id: int
    role: str
    organization: int | None = None
    units: tuple[int, ...] = ()


class Grant(msgspec.Struct, frozen=True):
    """Who asks, and as what: the outcome of sign-in or of a token, the input of the policy.

    ``practitioner`` and ``patient`` are rids of the person's own resource. ``scopes`` are SMART
    scopes of the token, which only narrow what the position allows; None: a session of our own
    pages, which has all of it. ``launch_patient`` is the rid of the patient in context.
    """

    account: int
    name: str
    session: int = 0
    practitioner: int | None = None
    patient: int | None = None
    position: Position | None = None
    purpose: str = "TREAT"
    client: str = ""
    scopes: tuple[str, ...] | None = None
    launch_patient: int | None = None


class Policy(Protocol):
    """Turns a grant into what may be seen and done."""

    async def access(self, grant: Grant) -> Access:
        """The access of this moment; raises Forbidden where the position is no longer valid."""
        ...
