"""Counts are remembered for a while, large ones for longer, and only for what they say."""

from __future__ import annotations

from xinglin.cdr.search.counts import KEPT, LARGE_SECONDS, SECONDS, Counts
from xinglin.cdr.search.ir import Key, Range


def test_a_count_says_enough_or_is_taken_again() -> None:
    counts = Counts(lambda: 0.0)
    counts.put(Key((1,)), 7, 400)
    counts.put(Key((2,)), 400, 400)
    assert counts.get(Key((1,)), 20_000) == 7
    assert counts.get(Key((2,)), 400) == 400
    assert counts.get(Key((2,)), 20_000) is None
    counts.put(Key((2,)), 9000, 20_000)
    assert counts.get(Key((2,)), 400) == 400
    assert counts.get(Range("dat", (1,), "eq", 1, 2), 400) is None


def test_small_counts_are_forgotten_sooner() -> None:
    now = [0.0]
    counts = Counts(lambda: now[0])
    counts.put(Key((1,)), 7, 400)
    counts.put(Key((2,)), 400, 400)
    now[0] = SECONDS + 1
    assert counts.get(Key((1,)), 400) is None
    assert counts.get(Key((2,)), 400) == 400
    now[0] = LARGE_SECONDS + 1
    assert counts.get(Key((2,)), 400) is None


def test_only_so_many_are_kept() -> None:
    counts = Counts(lambda: 0.0)
    for k in range(KEPT + 1):
        counts.put(Key((k,)), 1, 400)
    assert counts.get(Key((0,)), 400) is None
    assert counts.get(Key((KEPT,)), 400) == 1
