"""Decisions about foreign versions: the table of the decision record, case by case."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from xinglin.cdr.nodes.merging import State, Verdict, above, decide
from xinglin.cdr.nodes.parcel import Version

AT = datetime(2026, 3, 1, tzinfo=UTC)


def version(node: int, ver: int, body: str = "theirs") -> Version:
    return Version(node=node, number=1, type="Patient", id="p", ver=ver, op="U", at=AT, body=body)


def state(ver: int, writer: int, *past: int) -> State:
    bodies = dict.fromkeys((*past, ver), "mine") if ver else {}
    return State(1, ver, writer, "mine" if ver else "", bodies=bodies)


@pytest.mark.parametrize(
    ("here", "incoming", "verdict"),
    [
        (state(0, 2), version(3, 1), Verdict.APPLY),  # reserved by a reference, or nothing
        (state(1, 3), version(3, 2), Verdict.APPLY),  # a copy gets its next version
        (state(3, 3, 1), version(3, 2), Verdict.FILL),  # a late one goes into history
        (state(3, 3, 1), version(3, 1), Verdict.ASIDE),  # the same number with another body
        (state(3, 3, 1), version(3, 3, "mine"), Verdict.SAME),
        (state(1, 2), version(3, 1), Verdict.ASIDE),  # both made it: 2 is lower than 3
        (state(1, 2), version(3, 4), Verdict.ASIDE),
        (state(1, 2), version(1, 1), Verdict.YIELD),
        (state(5, 2, 1), version(1, 9), Verdict.YIELD),
        (state(5, 2, 1), version(3, 4), Verdict.FILL),  # from before it was handed over
    ],
)
def test_the_table(here: State, incoming: Version, verdict: Verdict):
    assert decide(2, here, incoming) is verdict


def test_the_winner_writes_above_what_it_put_aside():
    here = state(1, 2)
    for ver, wanted in ((1, 2), (3, 4), (2, 4)):
        here.above = above(2, here, version(3, ver))
        assert here.above == wanted


def test_what_is_below_needs_nothing():
    assert above(2, state(5, 2), version(3, 4)) == 0
    assert above(2, state(1, 1), version(3, 4)) == 0
