"""What scopes come to."""

from __future__ import annotations

from xinglin.cdr.access import Access, Scope
from xinglin.cdr.index import COMPARTMENT_PATIENT, HOME, KeySpace, Rows
from xinglin.cdr.search import ir
from xinglin.cdr.search.guards import Facts, Mine, OfPatients, Unsealed

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
    assert access.predicate("Patient", "r") == Unsealed()
    assert access.predicate("Patient", "u") == ir.Never()
    assert access.predicate("Observation", "r") == ir.Never()
    assert access.allows("Patient", "r")
    assert not access.allows("Patient", "u")
    assert not Access(actor="x").allows("Patient", "r")


def test_limits_of_one_grant_all_hold():
    access = Access(actor="x", scopes=(Scope(None, "r", patients=(P,), homes=(H,)),))
    both = Rows(key={key(COMPARTMENT_PATIENT, P), key(HOME, H)})
    assert access.admits("Observation", "r", both, 1, Facts())
    for one in both.key:
        assert not access.admits("Observation", "r", Rows(key={one}), 1)
    other = Rows(key={key(COMPARTMENT_PATIENT, Q), key(HOME, H)})
    assert not access.admits("Observation", "r", other, 1)


def test_grants_add_up():
    access = Access(
        actor="x",
        scopes=(Scope(None, "r", patients=(P,)), Scope(frozenset({"Location"}), "r")),
    )
    mine = Rows(key={key(COMPARTMENT_PATIENT, P)})
    assert access.admits("Observation", "r", mine, 1, Facts())
    assert not access.admits("Observation", "r", mine, 1), "without the facts"
    assert not access.admits("Observation", "r", Rows(), 1)
    assert access.predicate("Location", "r") is None


def test_an_empty_limit_lets_nothing_through():
    access = Access(actor="x", scopes=(Scope(None, "cruds", patients=()),))
    assert not access.allows("Patient", "r")


def test_a_grant_of_everything_is_no_operator():
    """Only the local Access skips the checks; an equal one does not."""
    access = Access(actor="x", scopes=(Scope(None, "cruds"),))
    assert not access.total
    assert access.admits("Patient", "d", Rows(), 1, Facts())
    veiled = Access(actor="x", hidden=(("Patient", ("telecom",)),))
    assert veiled.hides("Patient") == ("telecom",)
    assert veiled.hides("Observation") == ()


def test_confidential_patients_are_a_grant_of_their_own():
    everything = (Scope(None, "cruds"),)
    sealed = Facts(sealed=frozenset((P,)))
    rows = Rows(key={key(COMPARTMENT_PATIENT, P), key(COMPARTMENT_PATIENT, Q)})
    assert not Access(actor="x", scopes=everything).admits("Observation", "r", rows, 1, sealed)
    for more in ({"sealed": True}, {"opened": (P,)}):
        access = Access(actor="x", scopes=everything, **more)
        assert access.admits("Observation", "r", rows, 1, sealed)
    assert Access(actor="x", scopes=everything).predicate("Practitioner", "r") is None


def test_types_that_ask_the_same_are_asked_together():
    access = Access(
        actor="x",
        scopes=(Scope(None, "r", units=(5,)), Scope(frozenset({"Location", "Device"}), "r")),
        sealed=True,
    )
    node = access.over("r")
    assert isinstance(node, ir.Or)
    assert len(node.parts) == 2
    assert Access(actor="x", scopes=(Scope(None, "r"),), sealed=True).over("r") is None
    assert Access(actor="x", scopes=(Scope(None, "r", units=(5,)),)).predicate(
        "Observation", "r"
    ) == ir.both(Mine((5,)), Unsealed())
    by_patient = Access(actor="x", scopes=(Scope(None, "r", patients=(P,)),), sealed=True)
    assert by_patient.over("r") == OfPatients((P,))


def test_who_may_see_the_same_is_told_by_the_limits():
    scopes = (Scope(None, "r", units=(5,)),)
    one, two = Access(actor="x", scopes=scopes, session=1), Access(actor="y", scopes=scopes)
    assert one.limits == two.limits
    assert one.limits != Access(actor="x", scopes=scopes, opened=(P,)).limits
    assert one.limits != Access.local().limits
