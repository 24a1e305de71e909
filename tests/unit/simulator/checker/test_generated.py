"""The generated group contradicts itself nowhere.

No clause: own rules.
"""

import pytest

from xinglin.simulator import World, group
from xinglin.simulator.checker import Checker


@pytest.mark.parametrize("seed", [1, 2026])
def test_generated_data_have_no_contradictions(seed):
    world = World(seed, patients=220)
    checker = Checker(group.resources(world.patients))
    found = [c for number in range(220) for c in checker.check(world.resources(number))]
    found.extend(checker.finish())
    assert found == []


def test_every_course_is_free_of_contradictions(patient, found):
    from xinglin.simulator.courses import COURSES

    assert len(COURSES) >= 45
    for course in COURSES:
        assert found(patient(course)) == set(), course
