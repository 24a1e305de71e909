from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinglin.cdr.index.numbers import (
    INFINITY,
    approximate_range,
    in_base_units,
    measure,
    number,
    search_range,
)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("100", "99.5", "100.5"),
        ("100.00", "99.995", "100.005"),
        ("1e2", "95", "105"),
        ("5.4e2", "535", "545"),
        ("0", "-0.5", "0.5"),
        ("-3.0", "-3.05", "-2.95"),
    ],
)
def test_a_searched_number_has_the_precision_it_is_written_with(
    text: str, low: str, high: str
) -> None:
    assert search_range(text) == (Decimal(low), Decimal(high))


@pytest.mark.parametrize("text", ["", "NaN", "Infinity", "1,5", "0x1", "1e9999", "١", "1.", "--1"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        search_range(text)


@given(
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-1000, max_value=1000, places=3)
)
def test_a_range_holds_its_number_and_the_approximate_one_holds_the_range(value: Decimal) -> None:
    low, high = search_range(f"{value:f}")
    assert low <= value < high
    about = approximate_range(f"{value:f}")
    assert about[0] <= low
    assert high <= about[1]


def test_thousands_of_digits_are_rounded() -> None:
    assert len(str(number(Decimal("0." + "3" * 5000)))) < 70
    assert number(7) == 7


def test_numbers_beyond_all_measure_are_stored_as_such() -> None:
    assert number(Decimal("1e500")) == INFINITY
    assert number(Decimal("-1e500")) == -INFINITY
    assert number(Decimal("1e-500")) == 0


@pytest.mark.parametrize(
    ("value", "kind", "low", "high"),
    [
        ({"value": 5}, "Quantity", "5", "5"),
        ({"value": 5, "comparator": "<"}, "Quantity", "-Infinity", "5"),
        ({"value": 5, "comparator": ">="}, "Quantity", "5", "Infinity"),
        ({"low": {"value": 1}, "high": {"value": 3}}, "Range", "1", "3"),
        ({"high": {"value": 3}}, "Range", "-Infinity", "3"),
        ({"origin": {"value": 2}, "factor": 2, "data": "1 E -3 4.5"}, "SampledData", "-4", "11"),
    ],
)
def test_what_is_measured_is_a_range(value: Any, kind: str, low: str, high: str) -> None:
    found = measure(value, kind)
    assert found is not None
    assert (found.low, found.high) == (Decimal(low), Decimal(high))


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"unit": "mg"}, "Quantity"),
        ({}, "Range"),
        ({"origin": {"value": 1}, "data": "E"}, "SampledData"),
        ({"origin": {}}, "SampledData"),
    ],
)
def test_no_number_no_row(value: Any, kind: str) -> None:
    assert measure(value, kind) is None


def test_money_is_counted_in_its_currency() -> None:
    found = measure({"value": Decimal("12.50"), "currency": "CNY"}, "Money")
    assert found is not None
    assert (found.system, found.code) == ("urn:iso:std:iso:4217", "CNY")


def test_an_open_end_stays_open_in_base_units() -> None:
    ucum = {"system": "http://unitsofmeasure.org", "code": "mg"}
    found = measure({"value": 5, "comparator": "<", **ucum}, "Quantity")
    assert found is not None
    base = in_base_units(found)
    assert base is not None
    assert base[1:] == (-INFINITY, Decimal("0.005"))
