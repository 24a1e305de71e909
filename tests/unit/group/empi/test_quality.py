"""What the shipped parameters find: public sets (never trained on), an invented population, twins.

Issue 3, "Real input". benchmarks/bench_match.py prints the same for large populations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.linkage import Quality, fake_1000, febrl

from xinglin.group.empi import compare_records, of_patient
from xinglin.simulator import population

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.shared_data
@pytest.mark.parametrize("number", [1, 2, 3])
def test_febrl(shared_data: Path, number: int) -> None:
    quality = Quality(febrl(shared_data, number))
    assert quality.f1 >= 0.99, quality
    assert quality.precision >= 0.999, quality
    assert not quality.certain  # a number without check digit links nobody by itself


@pytest.mark.shared_data
def test_fake_1000_finds_what_its_few_fields_allow(shared_data: Path) -> None:
    quality = Quality(fake_1000(shared_data))
    assert quality.f1 >= 0.8, quality
    assert quality.precision >= 0.99, quality


def test_a_chinese_population_of_five_thousand() -> None:
    quality = Quality((r.person, r.patient()) for r in population.chinese("test", 5000))
    assert quality.f1 >= 0.98, quality
    assert not quality.certain - quality.truth, quality
    assert len(quality.certain) > 0.5 * len(quality.truth), quality


def test_a_western_population() -> None:
    quality = Quality((r.person, r.patient()) for r in population.western("test", 1500))
    assert quality.f1 >= 0.98, quality


def test_no_hard_negative_is_certain() -> None:
    kinds: dict[str, int] = {}
    for kind, (one, two) in population.negatives("test", 4200):
        score = compare_records(of_patient(one.patient()), of_patient(two.patient()))
        assert score.grade != "certain", (kind, one, two, score)
        kinds[kind] = kinds.get(kind, 0) + 1
    assert len(kinds) == 7
