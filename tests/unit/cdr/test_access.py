"""What scopes come to."""

from __future__ import annotations

from xinglin.cdr.access import Access, Scope
from xinglin.cdr.index import COMPARTMENT_PATIENT, HOME, KeySpace, Rows
from xinglin.cdr.search import ir

P, Q, H = 101, 102, 201


def key(param: int, rid: int) -> int:
    return KeySpace.ref(param, rid)


def test_the_operator_is_not_limited():
    access = Access.local()
    assert access.total
    assert access.predicate("Patient", "d") is None
    assert access.admits("Patient", "d", Rows(), 1)
    assert not access.hides("Patient")


def test_nothing_is_allowed_without_a_grant():
    access = Access(actor="x", scopes=(Scope(frozenset({"Patient"}), "r"),))
    assert not access.total
    assert access.predicate("Patient", "r") is None
    assert access.predicate("Patient", "u") == ir.Never()
    assert access.predicate("Observation", "r") == ir.Never()
    assert access.allows("Patient", "r")
    assert not access.allows("Patient", "u")
    assert not Access(actor="x").allows("Patient", "r")


def test_limits_of_one_grant_all_hold():
    access = Access(actor="x", scopes=(Scope(None, "r", patients=(P,), homes=(H,)),))
    both = Rows(key={key(COMPARTMENT_PATIENT, P), key(HOME, H)})
    assert access.admits("Observation", "r", both, 1)
    for one in both.key:
        assert not access.admits("Observation", "r", Rows(key={one}), 1)
    other = Rows(key={key(COMPARTMENT_PATIENT, Q), key(HOME, H)})
    assert not access.admits("Observation", "r", other, 1)


def test_grants_add_up():
    access = Access(
        actor="x",
        scopes=(Scope(None, "r", patients=(P,)), Scope(frozenset({"Location"}), "r")),
    )
    assert access.admits("Observation", "r", Rows(key={key(COMPARTMENT_PATIENT, P)}), 1)
    assert not access.admits("Observation", "r", Rows(), 1)
    assert access.predicate("Location", "r") is None


def test_an_empty_limit_lets_nothing_through():
    access = Access(actor="x", scopes=(Scope(None, "cruds", patients=()),))
    assert not access.allows("Patient", "r")


def test_a_grant_of_everything_is_no_operator():
    """Only the local Access skips the checks; an equal one does not."""
    access = Access(actor="x", scopes=(Scope(None, "cruds"),))
    assert not access.total
    assert access.admits("Patient", "d", Rows(), 1)
    veiled = Access(actor="x", hidden=(("Patient", ("telecom",)),))
    assert veiled.hides("Patient") == ("telecom",)
    assert veiled.hides("Observation") == ()
