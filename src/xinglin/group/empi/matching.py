"""Who it may be: candidates by shared keys, weighed, and shown as far as the caller may see them.

https://hl7.org/fhir/R4/patient-operation-match.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from xinglin.cdr.interactions import hidden, sight

from . import blocking
from .index import unpack
from .queries import candidates
from .traits import of_patient
from .weights import Score, compare

if TYPE_CHECKING:
    from xinglin.cdr.access import Access
    from xinglin.kernel.database import Connection, Database

    from .index import Index
    from .model import Traits

MOST: Final = 250
"""Candidates that are weighed, those first that share most keys."""
_RANK: Final = {"certain": 3, "probable": 2, "possible": 1, "certainly-not": 0}


class Found(msgspec.Struct, frozen=True):
    """One candidate. ``body`` None: there is somebody, but the caller may not see him."""

    rid: int
    score: Score
    id: str = ""
    body: bytes | None = None


def asked(access: Access, patient: dict[str, Any]) -> Traits:
    """What a caller may ask by: a guess at what is hidden from him must not raise a score."""
    return of_patient(hidden.conceal(patient, access.hides("Patient")))


def at_least(score: Score, grade: str) -> bool:
    """Whether a score has this grade or a better one."""
    return _RANK[score.grade] >= _RANK[grade]


async def weigh(
    index: Index, source: Connection | Database, access: Access, traits: Traits, leave: int = 0
) -> list[tuple[int, Score]]:
    """All candidates that are at least possible, the likeliest first; ``leave`` is left out."""
    keys = index.keys(traits)
    if not keys:
        return []
    rows = await candidates(source, access, sorted(keys), blocking.CAP, MOST)
    weighed = [
        (row["other"], compare(traits, unpack(row["traits"])))
        for row in rows
        if row["other"] != leave
    ]
    likely = [one for one in weighed if at_least(one[1], "possible")]
    return sorted(likely, key=lambda one: (-_RANK[one[1].grade], -one[1].bits, one[0]))


async def find(
    index: Index,
    source: Connection | Database,
    access: Access,
    traits: Traits,
    *,
    leave: int = 0,
) -> list[Found]:
    """The same, as the caller may see them; those that he may not, only to one who registers."""
    weighed = await weigh(index, source, access, traits, leave)
    seen = await sight.told(index.ctx, source, access, [rid for rid, _ in weighed], ("r",))
    registers = access.allows("Patient", "c")
    found: list[Found] = []
    for rid, score in weighed:
        one = seen.get(rid)
        if one is not None and "r" in one.letters and not one.stored.deleted:
            body = hidden.conceal_body(one.stored.body, access.hides("Patient"))
            found.append(Found(rid, score, one.stored.id, body))
        elif registers and at_least(score, "probable"):
            found.append(Found(rid, msgspec.structs.replace(score, levels=(), parts=())))
    return found
