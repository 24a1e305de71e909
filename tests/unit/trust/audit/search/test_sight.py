"""Which rows an access may see: nothing, all, a campus's, a patient's."""

from __future__ import annotations

import pytest

from xinglin.cdr.access import Access, Scope
from xinglin.cdr.search import ir
from xinglin.kernel.errors import Forbidden
from xinglin.trust.audit import Event
from xinglin.trust.audit.model import Row
from xinglin.trust.audit.search.asking import Wanted
from xinglin.trust.audit.search.matching import Matcher
from xinglin.trust.audit.search.sight import of_patient, sight_of

AUDIT = frozenset({"AuditEvent"})


def access(*scopes: Scope, sealed: bool = False, opened: tuple[int, ...] = ()) -> Access:
    return Access("a", scopes=scopes, sealed=sealed, opened=opened)


def sees(one: Access, sealed: tuple[int, ...] = (), **event: object) -> bool:
    matcher = Matcher(Wanted(), sight_of(one, "s"), sealed)
    return matcher(Row(1000, 1, 1, Event("read", **event)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "scope",
    [
        Scope(frozenset({"Patient"}), "rs"),
        Scope(AUDIT, "r"),
        Scope(AUDIT, "s", units=(1,)),
        Scope(AUDIT, "s", criteria=ir.Never()),
        Scope(AUDIT, "s", patients=(1,), homes=(2,)),
    ],
)
def test_nothing_is_granted(scope: Scope) -> None:
    with pytest.raises(Forbidden):
        sight_of(access(scope), "s")


def test_everything() -> None:
    assert sees(access(Scope(None, "cruds")))
    assert sees(access(Scope(AUDIT, "rs")), patients=(5,), home=9)


def test_a_campus_and_a_patient() -> None:
    campus = access(Scope(AUDIT, "rs", homes=(9,)))
    assert sees(campus, home=9)
    assert not sees(campus, home=8)
    patient = access(Scope(AUDIT, "rs", patients=(5,)))
    assert sees(patient, patients=(4, 5))
    assert not sees(patient, patients=(4,))
    assert not sees(patient)


def test_confidential_patients() -> None:
    reader = Scope(AUDIT, "rs")
    assert not sees(access(reader), (5,), patients=(5, 6))
    assert sees(access(reader), (5,), patients=(6,))
    assert sees(access(reader, opened=(5,)), (5,), patients=(5,))


def test_the_patient_himself_may_ask_who_saw_him() -> None:
    himself = access(Scope(frozenset({"Patient"}), "rs", patients=(5,)))
    assert of_patient(himself, 5).patients == (5,)
    with pytest.raises(Forbidden):
        of_patient(himself, 6)
