"""Records to spoil: one patient of a given course, fresh for each test."""

import copy

import pytest

from xinglin.simulator import World, group
from xinglin.simulator.checker import Checker
from xinglin.simulator.courses.deck import draw

WORLD = World(11, patients=2000)
GROUP = list(group.resources(2000))


def _numbers(course):
    return [n for n in range(1500) if draw(WORLD.seed, n)[0].key == course]


@pytest.fixture
def patient():
    """``patient("stemi")`` is the record of somebody with that course; ``where`` picks one."""

    def find(course, where=lambda _record: True):
        for number in _numbers(course):
            record = copy.deepcopy(WORLD.resources(number))
            if where(record):
                return record
        raise AssertionError(f"nobody like that has {course}")

    return find


@pytest.fixture
def found():
    """The rules that a record breaks, in its own hospital."""

    def rules(*records):
        checker = Checker(GROUP)
        out = [c.rule for record in records for c in checker.check(record)]
        return {*out, *(c.rule for c in checker.finish())}

    return rules


@pytest.fixture
def of():
    """All resources of a type in a record."""

    def select(record, type_):
        return [r for r in record if r["resourceType"] == type_]

    return select
