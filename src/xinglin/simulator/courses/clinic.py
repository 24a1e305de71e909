"""One consultation from complaint to note, as most visits go.

Courses that need more write their visits themselves.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from xinglin.simulator.acts import imaging
from xinglin.simulator.codes import Json
from xinglin.simulator.laboratory import labs
from xinglin.simulator.medication import prescribe
from xinglin.simulator.notes import visit_note
from xinglin.simulator.vitals import size, vitals

if TYPE_CHECKING:
    from xinglin.simulator.visit import Visit


class Consultation(msgspec.Struct, frozen=True):
    """What a doctor asks, finds, orders and decides.

    ``diagnoses``: keys of diagnoses made now; ``lasting`` puts them on the problem list, else they
    last ``lasts`` days. ``known``: (key, reference) of diagnoses made earlier. ``drugs``: (keys by
    preference ``a|b``, days; 0 means once). ``images``: (examination, conclusion).
    """

    history: str
    exam: str
    plan: str
    diagnoses: tuple[str, ...] = ()
    known: tuple[tuple[str, Json], ...] = ()
    lasting: bool = False
    lasts: float = 14
    since: datetime | None = None
    labs: str = ""
    positive: str = ""
    images: tuple[tuple[str, str], ...] = ()
    drugs: tuple[tuple[str, float], ...] = ()
    signs: str = "temp hr rr bp"
    weigh: bool = False


def consult(visit: Visit, what: Consultation) -> list[Json]:
    """Carry it out; answers references to the conditions, known ones last."""
    start = visit.start
    measured = vitals(visit, start + timedelta(minutes=3), what.signs) if what.signs else ""
    if what.weigh:
        size(visit, start + timedelta(minutes=4))
    if what.labs:
        labs(visit, what.labs, start + timedelta(minutes=visit.chance.whole(8, 15)), what.positive)
    for key, conclusion in what.images:
        imaging(visit, key, start + timedelta(minutes=visit.chance.whole(8, 18)), conclusion)
    decided = visit.last + timedelta(minutes=visit.chance.whole(4, 12))
    made = [_diagnose(visit, what, key, decided) for key in what.diagnoses]
    for key, reference in what.known:
        visit.recall(key, reference)
    conditions = made + [reference for _, reference in what.known]
    why = conditions[0] if conditions else None
    given = [
        prescribe(visit, keys, decided + timedelta(minutes=2), days or 1, why, once=not days)
        for keys, days in what.drugs
    ]
    visit_note(
        visit,
        decided + timedelta(minutes=4),
        what.history,
        f"{measured}。{what.exam}" if measured else what.exam,
        "；".join(text for text in (what.plan.rstrip("。"), *given) if text) + "。",
    )
    return conditions


def _diagnose(visit: Visit, what: Consultation, key: str, when: datetime) -> Json:
    until = None if what.lasting else when + timedelta(days=what.lasts)
    return visit.diagnose(key, when, "DD", since=what.since, until=until, lasting=what.lasting)


def seen(visit: Visit, **what: Any) -> list[Json]:
    """`consult` and the end of the visit."""
    conditions = consult(visit, Consultation(**what))
    visit.leave()
    return conditions
