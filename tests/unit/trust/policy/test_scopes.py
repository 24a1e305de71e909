"""The language of SMART scopes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinglin.kernel.errors import Malformed
from xinglin.trust.policy import scopes
from xinglin.trust.policy.scopes import Smart

LETTERS = st.sets(st.sampled_from("cruds"), min_size=1).map(
    lambda s: "".join(c for c in "cruds" if c in s)
)
TYPES = st.sampled_from(["*", "Patient", "Observation", "Encounter"])
QUERIES = st.sampled_from([(), (("category", "laboratory"),), (("status", "final"),)])
SMART = st.builds(Smart, st.sampled_from(["patient", "user", "system"]), TYPES, LETTERS, QUERIES)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("patient/Observation.rs", "patient/Observation.rs"),
        ("user/Patient.read", "user/Patient.rs"),
        ("user/Patient.write", "user/Patient.cud"),
        ("system/*.*", "system/*.cruds"),
        ("user/*.read", "user/*.rs"),
        (
            "user/Observation.rs?category=http%3A%2F%2Fx%7Claboratory",
            "user/Observation.rs?category=http://x|laboratory",
        ),
        ("user/Task.s?status=ready&code=a", "user/Task.s?code=a&status=ready"),
        ("user/Task.s?code=a%2Bb%26c", "user/Task.s?code=a%2Bb%26c"),
    ],
)
def test_reads_version_2_and_1(text: str, canonical: str):
    assert str(scopes.one(text)) == canonical
    assert scopes.one(canonical) == scopes.one(text)


@pytest.mark.parametrize(
    "text",
    [
        "user/Observation.sr",
        "user/Observation.rr",
        "user/Observation.x",
        "user/Observation.",
        "user/Observation",
        "user/Nonsense.rs",
        "admin/Patient.rs",
        "user/Patient.rs?",
        "user/Patient.rs?name",
        "user/Patient.rs?name=",
        "user/Patient.READ",
        "user/patient.rs",
        "launch/everything",
        "openid2",
        "user/../Patient.rs",
    ],
)
def test_refuses_what_is_no_scope_and_says_so_in_both_languages(text: str):
    with pytest.raises(Malformed) as refused:
        scopes.parse(text)
    (issue,) = refused.value.issues
    assert text[:20] in issue.en
    assert text[:20] in issue.zh


def test_all_that_is_wrong_is_told_at_once():
    with pytest.raises(Malformed) as refused:
        scopes.parse("user/Nonsense.rs openid patient/Patient.sr")
    assert len(refused.value.issues) == 2


def test_a_scope_string_has_one_canonical_form():
    text = "user/Patient.s  openid user/Patient.r launch/patient fhirUser user/*.r?_tag=a"
    assert str(scopes.parse(text)) == (
        "openid fhirUser launch/patient user/*.r?_tag=a user/Patient.rs"
    )


def test_what_another_covers_is_left_out():
    found = scopes.parse("user/*.rs user/Patient.r user/Patient.c user/Observation.s?code=x")
    assert str(found) == "user/*.rs user/Patient.cr"


def test_both_must_grant():
    one, other = scopes.one("user/*.rs"), scopes.one("user/Observation.crus?status=final")
    assert str(scopes.intersect(one, other)) == "user/Observation.rs?status=final"
    assert scopes.intersect(scopes.one("user/Patient.r"), other) is None
    assert scopes.intersect(scopes.one("user/Observation.d"), other) is None


def test_constraints_of_both_hold():
    one = scopes.one("user/Observation.rs?category=laboratory")
    other = scopes.one("user/Observation.rs?status=final")
    assert str(scopes.intersect(one, other)) == (
        "user/Observation.rs?category=laboratory&status=final"
    )


@given(SMART)
def test_what_is_written_reads_back(scope: Smart):
    assert scopes.one(str(scope)) == scope


@given(st.lists(SMART, max_size=8))
def test_canonical_form_is_stable(found: list[Smart]):
    once = scopes.canonical(found)
    assert scopes.canonical(list(once)) == once
    assert scopes.canonical(list(reversed(found))) == once
    assert scopes.parse(" ".join(map(str, once))).clinical == once


@given(SMART, SMART)
def test_an_intersection_never_widens(one: Smart, other: Smart):
    both = scopes.intersect(one, other)
    if both is not None:
        assert scopes.covers(one, both)
        same = Smart(one.context, other.type, other.letters, other.query)
        assert scopes.covers(same, both)
