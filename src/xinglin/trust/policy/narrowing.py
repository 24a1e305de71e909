"""A token's scopes laid over those of a position: what is left is granted by both.

SMART App Launch 2.x: "a token never grants more than the user has"; patient/ is one patient only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from . import scopes
from .roles import Relation
from .scopes import Smart

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from xinglin.trust.model import Grant

    from .roles import Limited


class Part(msgspec.Struct, frozen=True):
    """A scope with its relation; ``patient``: only in the compartment of this one."""

    relation: Relation
    scope: Smart
    patient: int | None = None


def narrowed(
    limited: Iterable[Limited], grant: Grant, compartment: frozenset[str]
) -> Iterator[Part]:
    """What position and token have in common; ``compartment``: types that belong to a patient.

    Raises Malformed where the token has scopes that cannot be read.
    """
    if grant.scopes is None:
        yield from (Part(one.relation, one.scope) for one in limited)
        return
    asked = scopes.gather(grant.scopes).clinical
    for one in limited:
        for token in asked:
            both = scopes.intersect(token, one.scope) if _meets(token, one.scope) else None
            if both is not None:
                yield from _placed(Part(one.relation, both), grant, compartment)


def _meets(token: Smart, own: Smart) -> bool:
    """Whether they speak of the same kind of client: system/ is for machines alone."""
    return (token.context == "system") == (own.context == "system")


def _placed(part: Part, grant: Grant, compartment: frozenset[str]) -> Iterator[Part]:
    """The part within the patient in context; what belongs to no patient stays as it is."""
    if part.scope.context != "patient":
        yield part
        return
    patient = grant.launch_patient or grant.patient
    types = compartment if part.scope.type == "*" else {part.scope.type} & compartment
    if part.scope.type != "*" and not types:
        yield part
        return
    if patient is None:
        return
    for type_ in sorted(types):
        scope = msgspec.structs.replace(part.scope, type=type_)
        yield Part(part.relation, scope, patient)
