"""Every drug of the dictionary: its units convert there and back without loss."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinglin.group.catalogue.drugs import chain, convert
from xinglin.group.catalogue.starter import all_drugs
from xinglin.group.catalogue.strength import pack


def test_one_split_unit_is_one_in_every_unit_of_its_chain():
    for drug in all_drugs().values():
        for unit, content in chain(drug).items():
            assert convert(drug, content, unit) == 1, drug.display


def test_a_pack_is_its_split_units():
    for drug in all_drugs().values():
        if drug.pack.unit != drug.pack.split:
            one = Fraction(convert(drug, 1, drug.pack.unit))
            assert one == drug.pack.count, drug.display


@given(
    st.decimals("0.01", "9999", places=2),
    st.sampled_from(["g", "mg", "μg", "ml", "单位", "万单位"]),
    st.integers(1, 500),
    st.sampled_from(["片", "粒", "支"]),
)
def test_any_strength_is_read_back(value, unit, count, split):
    made = pack(f"{value}{unit}×{count}{split}/盒")
    assert (made.count, made.split, made.unit) == (count, split, "盒")
    factor = 10_000 if unit == "万单位" else 1
    known = made.contents[0] if made.contents else made.size
    assert known.value == value * factor


@pytest.mark.parametrize("zh", ["0.9%氯化钠注射液", "阿莫西林胶囊"])
def test_the_issues_own_examples_are_there(zh):
    assert any(drug.zh == zh for drug in all_drugs().values())
