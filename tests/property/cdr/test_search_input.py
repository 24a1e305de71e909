"""Whatever is asked is answered or refused, down to the database: never an error of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from tests.integration.cdr.search.test_modifiers import WORLD, Terms
from tests.support.shelf import BASE, Everything, Shelf

from xinglin.cdr.search import SearchRequest
from xinglin.fhir.search import search_parameters
from xinglin.kernel.errors import Refusal

if TYPE_CHECKING:
    from xinglin.kernel.database import Database

TYPES = (
    "Patient",
    "Observation",
    "MolecularSequence",
    "Encounter",
    "ValueSet",
    "RiskAssessment",
    "DocumentReference",
    "Group",
)
REGISTRY = search_parameters()
MODIFIERS = (
    "",
    ":missing",
    ":exact",
    ":contains",
    ":text",
    ":not",
    ":in",
    ":below",
    ":above",
    ":of-type",
    ":identifier",
    ":Patient",
)
VALUES = st.one_of(
    st.lists(
        st.sampled_from(
            ["true", "false", "1", "-1", "1e300", "1e-300", "9" * 60, "0.1", "2020", "9999-12-31", "0001", "2020-01-01T00:00:00.123456789+14:00",
             "ge", "lt", "ap", "ne", "sa", "eb", "|", "$", ",", "\\", "Patient/p1", "http://x/y|1", "http://snomed.info/sct|", "mg", "[in_i'H2O]",
             "http://unitsofmeasure.org", "Cel", "a", "张", "😀", "\ud83d", "\x7f", "%", "_", "'", '"', "--", "\x00", "urn:x", "*", "(", ")"]
        ),
        min_size=1,
        max_size=6,
    ).map("".join),
    st.text(min_size=1, max_size=12),
)  # fmt: skip


@st.composite
def questions(draw: st.DrawFn) -> tuple[str, list[tuple[str, str]]]:
    type_ = draw(st.sampled_from(TYPES))
    codes = st.sampled_from(sorted(REGISTRY.for_type(type_)))
    names = st.builds("{}{}".format, codes, st.sampled_from(MODIFIERS))
    pairs = draw(st.lists(st.tuples(names, VALUES), min_size=1, max_size=2))
    for _ in range(draw(st.integers(0, 2))):
        name = draw(
            st.sampled_from(
                [
                    "_sort",
                    "_count",
                    "_total",
                    "_include",
                    "_revinclude",
                    "_elements",
                    "_filter",
                    "_page",
                    "_summary",
                ]
            )
        )
        value = {
            "_sort": codes.map(lambda c: f"-{c}"),
            "_count": st.sampled_from(["0", "1", "5"]),
            "_total": st.sampled_from(["accurate", "estimate"]),
            "_include": codes.map(lambda c: f"{type_}:{c}"),
            "_revinclude": st.just("*"),
            "_filter": st.builds(
                '{} {} "{}"'.format,
                codes,
                st.sampled_from(
                    ["eq", "ne", "co", "sw", "ew", "gt", "le", "po", "pr", "in", "ss", "re"]
                ),
                VALUES,
            ),
            "_summary": st.sampled_from(["true", "text", "data", "count"]),
        }.get(name, VALUES)
        pairs.append((name, draw(value)))
    return type_, pairs


@pytest.mark.shows("search:bad-input:never-500")
@given(questions(), st.booleans())
@settings(
    max_examples=150,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example(("MolecularSequence", [("chromosome-variant-coordinate", "1$lt5$gt3")]), True)
@example(("Patient", [("identifier", "7"), ("_sort", "-identifier,telecom,phone")]), True)
@example(("Observation", [("value-quantity", "1e300|http://unitsofmeasure.org|mg")]), True)
@example(("Observation", [("date", "ap9999-12-31"), ("_sort", "-_lastUpdated")]), True)
@example(("Observation", [("date", "ap0001")]), True)
@example(("Observation", [("_lastUpdated", "ap0001,ap9999")]), True)
async def test_everything_is_answered_or_refused(
    module_db: Database, question: tuple[str, list[tuple[str, str]]], strict: bool
) -> None:
    shelf = Shelf(module_db, Terms())
    if not await module_db.fetchval("select count(*) from resource"):
        await shelf.put(WORLD)
    type_, query = question
    request = SearchRequest(type_, tuple(query), base=BASE, strict=strict)
    try:
        found = await shelf.engine.search(module_db, Everything(), request)
    except Refusal as refusal:
        answer = refusal
        assert answer.status in range(400, 500), query
    else:
        assert found.body.startswith(b'{"resourceType":"Bundle"')
