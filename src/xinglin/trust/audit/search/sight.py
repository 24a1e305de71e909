"""Which rows of the trail an access may see: those of AuditEvent that its scopes grant.

SMART App Launch 2.x (``user/AuditEvent.rs``); docs/adr/0010-audit.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from xinglin.cdr.search import ir
from xinglin.kernel.errors import Forbidden, Issue

if TYPE_CHECKING:
    from xinglin.cdr.access import Access, Letter

TYPE = "AuditEvent"


class Sight(msgspec.Struct, frozen=True):
    """``everything``, or rows about these patients and rows of these homes.

    ``sealed``: rows about confidential patients too; where not, only about those ``opened``.
    """

    everything: bool
    patients: tuple[int, ...] = ()
    homes: tuple[int, ...] = ()
    sealed: bool = False
    opened: tuple[int, ...] = ()


def sight_of(access: Access, letter: Letter) -> Sight:
    """What may be seen; raises Forbidden where nothing is granted.

    A scope that depends on the content of a resource, or on a relation to its patient, grants
    nothing here: the trail is no clinical record.
    """
    everything = False
    patients: set[int] = set()
    homes: set[int] = set()
    for scope in access.scopes:
        if not scope.grants(TYPE, letter) or scope.units is not None:
            continue
        if not isinstance(scope.criteria, ir.Always):
            continue
        if scope.patients is not None and scope.homes is not None:
            continue
        if scope.patients is not None:
            patients.update(scope.patients)
        elif scope.homes is not None:
            homes.update(scope.homes)
        else:
            everything = True
    if not (everything or patients or homes):
        raise forbidden()
    return Sight(
        everything, tuple(sorted(patients)), tuple(sorted(homes)), access.sealed, access.opened
    )


def of_patient(access: Access, rid: int) -> Sight:
    """What may be seen of who saw a patient: he himself may, and whoever reads the trail."""
    for scope in access.scopes:
        if scope.grants("Patient", "r") and scope.patients and rid in scope.patients:
            return Sight(everything=False, patients=(rid,), sealed=True)
    return sight_of(access, "s")


def forbidden() -> Forbidden:
    """The refusal for whoever may not read the trail."""
    return Forbidden(
        Issue(
            "forbidden",
            "Your position does not read the audit trail; ask the privacy officer.",
            "您的岗位无权查看审计记录；请联系隐私专员。",
        )
    )
