"""UCUM units."""

from decimal import Decimal

import pytest

from xinglin.fhir import ucum
from xinglin.fhir._ucum_units import UNITS


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ("1", "mmol/L", ("1", "m-3.mol")),
        ("120", "mm[Hg]", ("15998688", "g.m-1.s-2")),
        ("1", "10*9/L", ("1000000000000", "m-3")),
        ("1", "10^9/L", ("1000000000000", "m-3")),
        ("37", "Cel", ("310.15", "K")),
        ("98.6", "[degF]", ("310.15", "K")),
        ("1", "%", ("0.01", "1")),
        ("1", "[in_i]", ("0.0254", "m")),
        ("1", "{rbc}", ("1", "1")),
        ("5", "mg/dL", ("50", "g.m-3")),
        ("1", "kg.m/s2", ("1000", "g.m.s-2")),
        ("1", "N", ("1000", "g.m.s-2")),
        ("1", "g/(m2.s)", ("1", "g.m-2.s-1")),
        ("1", "m[iU]/mL", ("1000", "[iU].m-3")),
        ("3", "mL/{1.73_m2}", ("0.000003", "m3")),
        ("1", "10*-3", ("0.001", "1")),
        ("60", "/min", ("1", "s-1")),
        ("1", "dag", ("10", "g")),
        ("1", "1", ("1", "1")),
        ("8", "g/(8.h){shift}", ("0.0002777777777777777777777777777777778", "g.s-1")),
        ("1", "[gal_us]", ("0.003785411784", "m3")),
        ("1", "[sft_i]", ("0.09290304", "m2")),
        ("140", "[lb_av]", ("63502.9318", "g")),
        ("1", "kat", ("1", "mol.s-1")),
        ("60", "U/L", ("0.001", "m-3.mol.s-1")),
        ("2", "meq/L", ("2", "m-3.mol")),
        ("3", "{score}", ("3", "1")),
        ("7.4", "[pH]", ("7.4", "[pH]")),
        ("180", "deg", ("3.141592653589793238462643383279503", "rad")),
    ],
)
def test_canonical(value: str, unit: str, expected: tuple[str, str]) -> None:
    assert ucum.canonical(Decimal(value), unit) == (Decimal(expected[0]), expected[1])


@pytest.mark.parametrize(
    "unit",
    [
        "",
        "foo",
        "mg/",
        "(m",
        "m)",
        "m{x",
        "mmHg!",
        "公斤",
        "m" * 200,
        "m999",
        "k",
        "0",
        "((((((((((m))))))))))",
        "m..s",
        "kmin",
    ],
)
def test_what_is_no_unit(unit: str) -> None:
    assert ucum.canonical(Decimal(1), unit) is None


def test_every_unit_of_the_table_can_be_read_twice_alike() -> None:
    for unit in UNITS:
        first = ucum.parse(unit)
        assert first is not None, unit
        ucum.parse.cache_clear()
        ucum.parse(f"{unit}.{unit}")
        ucum.parse.cache_clear()
        assert ucum.parse(unit) == first


def test_convert_and_compare() -> None:
    assert ucum.convert(Decimal("98.6"), "[degF]", "Cel") == 37
    assert ucum.convert(Decimal(4040), "mg", "g") == Decimal("4.04")
    assert ucum.convert(Decimal(1), "mg", "s") is None
    assert ucum.comparable("cm", "[in_i]")
    assert not ucum.comparable("cm", "s")
