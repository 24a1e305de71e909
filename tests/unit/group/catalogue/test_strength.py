"""Strengths and packs as Chinese labels write them."""

from decimal import Decimal

import pytest

from xinglin.group.catalogue.strength import amount, pack
from xinglin.kernel.errors import Invalid


def test_a_bag_of_saline():
    made = pack("100ml:0.9g/袋")
    assert (made.unit, made.split, made.count) == ("袋", "袋", 1)
    assert made.size is not None
    assert (made.size.value, made.size.unit) == (Decimal(100), "mL")
    assert [(one.value, one.unit) for one in made.contents] == [(Decimal("0.9"), "g")]


def test_a_box_of_capsules():
    made = pack("0.25g×24粒/盒")
    assert (made.unit, made.split, made.count) == ("盒", "粒", 24)
    assert made.size is None
    assert made.contents[0].value == Decimal("0.25")


def test_ampoules_in_a_box_with_units():
    made = pack("2ml:8万单位×10支/盒")
    assert (made.count, made.split) == (10, "支")
    assert (made.contents[0].value, made.contents[0].unit) == (Decimal(80000), "[iU]")


def test_two_ingredients():
    made = pack("20ml:1.2g/0.3g/支")
    assert [one.value for one in made.contents] == [Decimal("1.2"), Decimal("0.3")]


def test_only_a_volume_or_only_a_count():
    made = pack("500ml/袋")
    assert made.size is not None
    assert made.contents == ()
    assert pack("×5套/盒").count == 5


@pytest.mark.parametrize("text", ["", "0.25g", "0.25克/盒", "0.25g×粒/盒", "0.25g×0粒/盒", "g/盒"])
def test_what_cannot_be_read_is_refused(text):
    with pytest.raises(Invalid) as refused:
        pack(text)
    assert refused.value.issues[0].zh


def test_decimals_are_kept():
    assert str(amount("0.50mg").value) == "0.50"
