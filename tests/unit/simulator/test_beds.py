"""No two patients ever meet in one bed, however many there are.

Own design; see the module.
"""

import itertools
from datetime import timedelta

import pytest

from xinglin.simulator.beds import STREAMS, WINDOW, WINDOWS, cell
from xinglin.simulator.times import DEFAULT_ANCHOR, at


@pytest.mark.parametrize("key", sorted(STREAMS))
def test_cells_of_a_stream_never_overlap(key):
    today = at(DEFAULT_ANCHOR)
    stream = STREAMS[key]
    count = stream.beds * stream.cells * 2 + 3
    taken = set()
    for rank in range(count):
        owned = cell(key, rank, today)
        for ward, bed in owned.beds.items():
            for start in owned.starts:
                for part in range(stream.span):
                    place = (ward, bed, start + part * WINDOW)
                    assert place not in taken
                    taken.add(place)
    assert min(start for _, _, start in taken) >= today - WINDOWS * WINDOW


def test_the_first_patients_of_a_stream_are_there_now():
    today = at(DEFAULT_ANCHOR)
    for key, stream in STREAMS.items():
        assert all(cell(key, rank, today).current for rank in range(stream.beds))
        assert not cell(key, stream.beds, today).current


def test_repeated_stays_are_apart():
    for key, stream in STREAMS.items():
        starts = cell(key, stream.beds + 1, at(DEFAULT_ANCHOR)).starts
        assert len(starts) == stream.repeats
        assert list(starts) == sorted(starts)
        gaps = [b - a for a, b in itertools.pairwise(starts)]
        assert all(gap > timedelta(days=60) for gap in gaps)
