"""Reading parameters: what is taken, what is refused, and that nothing breaks it."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from xinglin.cdr.index import Dates, KeySpace
from xinglin.cdr.search import SearchRequest, pairs, parameters, values
from xinglin.cdr.search.build import Builder
from xinglin.cdr.search.build.compartments import inside
from xinglin.cdr.search.query import Chained, Either, Leaf, Reversed
from xinglin.fhir.search import search_parameters
from xinglin.kernel.errors import Malformed, Refusal

REGISTRY = search_parameters()
BUILDER = Builder(
    REGISTRY,
    KeySpace(b"k" * 32),
    Dates(ZoneInfo("Asia/Shanghai")),
    datetime(2024, 1, 1, tzinfo=UTC),
)


def read(type_: str | None, query: str, *, strict: bool = False) -> parameters.Query:
    return parameters.read(REGISTRY, SearchRequest(type_, pairs(query), strict=strict))


def test_pairs_come_from_url_and_form_in_order() -> None:
    assert pairs("a=1&b=x+y", b"a=%E5%BC%A0&c") == (
        ("a", "1"),
        ("b", "x y"),
        ("a", "张"),
        ("c", ""),
    )


def test_escapes() -> None:
    assert values.split(r"a\,b,c\|d|e", ",") == [r"a\,b", r"c\|d|e"]
    assert values.plain(r"a\,b\|\$\\n\x") == r"a,b|$\n\x"


def test_a_name_becomes_a_leaf_a_chain_or_a_reverse_chain() -> None:
    (leaf,) = read("Patient", "name:exact=a,b").where["Patient"]
    assert isinstance(leaf, Leaf)
    assert (leaf.modifier, leaf.values) == ("exact", ("a", "b"))
    (chain,) = read("Observation", "subject:Patient.organization.name=x").where["Observation"]
    assert isinstance(chain, Chained)
    assert isinstance(chain.inner, Chained)
    (back,) = read("Patient", "_has:Observation:patient:_has:AuditEvent:entity:agent=x").where[
        "Patient"
    ]
    assert isinstance(back, Reversed)
    assert isinstance(back.inner, Reversed)
    (many,) = read("Observation", "subject.name=x").where["Observation"]
    assert isinstance(many, Either)


def test_only_what_has_a_compartment_can_be_searched_in_one() -> None:
    with pytest.raises(Malformed):
        inside(BUILDER, "Observation", "Location", "1")


@pytest.mark.parametrize(
    ("type_", "query", "place"),
    [
        ("Patient", "name:matches=x", "name:matches"),
        ("Patient", "birthdate:exact=2000", "birthdate:exact"),
        ("Patient", "birthdate=xx2000", "birthdate"),
        ("Patient", "birthdate=2000-13", "birthdate"),
        ("Patient", "birthdate=", "birthdate"),
        ("Patient", "birthdate=2000,,2001", "birthdate"),
        ("Patient", "gender=a|b|c", "gender"),
        ("Patient", "gender=|", "gender"),
        ("Patient", "gender:missing=perhaps", "gender:missing"),
        ("Patient", "name=%00", "name"),
        ("Patient", "name=%E3%80%80", "name"),
        ("Patient", "identifier:of-type=a|b", "identifier:of-type"),
        ("Patient", "general-practitioner:Patient=1", "general-practitioner:Patient"),
        ("Patient", "name.family=x", "name.family"),
        ("Patient", "_has:Observation=x", "_has:Observation"),
        ("Patient", "_has:Obs:patient:code=x", "_has:Obs:patient:code"),
        ("Patient", "_has:Observation:code:code=x", "_has:Observation:code:code"),
        ("Patient", "_count=-1", "_count"),
        ("Patient", "_count=ten", "_count"),
        ("Patient", "_count:exact=1", "_count:exact"),
        ("Patient", "_total=all", "_total"),
        ("Patient", "_summary=yes", "_summary"),
        ("Patient", "_elements=a b", "_elements"),
        ("Patient", "_elements=name&_summary=true", "_elements"),
        ("Patient", "_sort=near", None),
        ("Observation", "_sort=code-value-quantity", "_sort"),
        ("Patient", "_include=Patient", "_include"),
        ("Patient", "_include=Patient:gender", "_include"),
        ("Patient", "_include=Patient:organization:Nothing", "_include"),
        ("Patient", "_include:deep=Patient:organization", "_include:deep"),
        ("Patient", "_contained=true", "_contained"),
        ("Patient", "_query=mine", "_query"),
        ("Patient", "_id=a b", "_id"),
        ("Patient", "_list=$current-problems", "_list"),
        ("Patient", "general-practitioner=a%20b", "general-practitioner"),
        ("RiskAssessment", "probability=NaN", "probability"),
        ("RiskAssessment", "probability=1e99999", "probability"),
        ("Observation", "value-quantity=5|mg", "value-quantity"),
        ("Observation", "code-value-quantity=a", "code-value-quantity"),
        ("Observation", "code-value-quantity=a$b$c", "code-value-quantity"),
        ("Observation", "code-value-quantity=a$x", "code-value-quantity"),
        ("Location", "near=1", "near"),
        ("Location", "near=91|2", "near"),
        ("Location", "near=1|2|3|kg", "near"),
        ("Location", "near=1|x", "near"),
        (None, "_type=Nothing", "_type"),
        ("Observation", "subject." * 12 + "name=x", None),
        ("Patient", "&".join("name=a" for _ in range(300)), None),
        ("Patient", "name=" + ",".join("a" for _ in range(600)), "name"),
        ("ValueSet", "url:above=" + "x" * 2000, "url:above"),
    ],
)
@pytest.mark.shows("search:bad-value:refused")
@pytest.mark.shows("search:unknown-modifier:refused")
def test_a_bad_value_is_refused_with_its_place_in_both_languages(
    type_: str | None, query: str, place: str | None
) -> None:
    with pytest.raises(Malformed) as caught:
        found = read(type_, query, strict=True)
        for name, parts in found.where.items():
            BUILDER.whole(name, parts)
    issue = caught.value.issues[0]
    assert issue.en
    assert issue.zh
    if place is not None:
        assert issue.expression == (f"http.{place}",)


NAMES = st.sampled_from(
    ["name", "birthdate", "gender", "identifier", "general-practitioner", "_id", "_lastUpdated", "_filter", "_has", "_sort",
     "_include", "_revinclude", "_count", "_elements", "_list", "_text", "_tag", "_profile", "value-quantity", "code",
     "code-value-quantity", "subject", "date", "combo-code-value-quantity", "near", "_page", "_type", "_total"]
)  # fmt: skip
PIECES = st.sampled_from(
    [":", ".", "|", "$", ",", "\\", "(", ")", "[", "]", '"', " and ", " eq ", "not ", "Patient", "Observation", "missing", "exact",
     "in", "of-type", "iterate", "*", "-", "1", "2020", "e9", "sa", "ap", "ge", "\x00", "\ud7ff", "张", "'; drop table key; --", "%", "T",
     "name", "subject", "true", "http://x/y"]
)  # fmt: skip


@given(
    st.sampled_from(["Patient", "Observation", "Location", "MolecularSequence", None]),
    st.lists(
        st.tuples(
            st.one_of(
                NAMES,
                st.builds(lambda n, p: n + "".join(p), NAMES, st.lists(PIECES, max_size=6)),
                st.text(max_size=20),
            ),
            st.one_of(st.lists(PIECES, max_size=10).map("".join), st.text(max_size=30)),
        ),
        max_size=3,
    ),
    st.booleans(),
)
@example("Patient", [("_filter", '"' * 9)], True)
@example("Observation", [("value-quantity", "1e400||mg")], True)
@example("Observation", [("date", "9999-12-31T23:59:60Z")], True)
@example("Observation", [("date", "0001-01-01")], False)
@example("MolecularSequence", [("chromosome-variant-coordinate", "1$lt5$gt3")], False)
@pytest.mark.shows("search:bad-input:never-500")
def test_whatever_is_asked_is_read_or_refused(
    type_: str | None, query: list[tuple[str, str]], strict: bool
) -> None:
    answer = ask(type_, query, strict=strict)
    assert answer is None or answer.status in range(400, 500)
    assert answer is None or all(issue.en and issue.zh for issue in answer.issues)


def ask(type_: str | None, query: list[tuple[str, str]], *, strict: bool) -> Refusal | None:
    try:
        found = parameters.read(REGISTRY, SearchRequest(type_, tuple(query), strict=strict))
        builder = Builder(
            BUILDER.registry, BUILDER.keys, BUILDER.dates, BUILDER.now, codes=AnyCodes()
        )
        for name, parts in found.where.items():
            builder.whole(name, parts)
    except Refusal as refusal:
        return refusal
    return None


class AnyCodes(dict[tuple[str, str], tuple[tuple[str, str], ...]]):
    """Terminology that knows everything."""

    def __missing__(self, key: tuple[str, str]) -> tuple[tuple[str, str], ...]:
        return (("urn:s", "c"),)
