"""Prices by campus and date."""

from datetime import date
from decimal import Decimal

from xinglin.group.catalogue import price
from xinglin.group.catalogue.starter import charges

BED = next(one for one in charges().values() if one.zh == "普通病房三人间床位费")


def amount(campus: str, day: date) -> Decimal | None:
    found = price(BED, campus, day)
    return found.amount if found else None


def test_the_group_price_changes_on_its_day():
    assert amount("LH", date(2026, 6, 30)) == 50
    assert amount("LH", date(2026, 7, 1)) == 55


def test_a_campus_has_its_own_price():
    assert amount("NH", date(2026, 3, 1)) == 36
    assert amount("NH", date(2026, 8, 1)) == 36


def test_before_any_price_there_is_none():
    assert amount("LH", date(2025, 12, 31)) is None
