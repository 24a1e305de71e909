"""Frequencies: their Timing, and the doses of the first day."""

from datetime import time

from xinglin.group.catalogue.starter import frequencies
from xinglin.group.catalogue.timing import first_day, timing


def test_three_times_a_day():
    made = timing(frequencies()["tid"], "s")
    assert made["repeat"]["frequency"] == 3
    assert made["repeat"]["timeOfDay"] == ["08:00:00", "12:00:00", "16:00:00"]


def test_monday_and_thursday():
    repeat = timing(frequencies()["biw"], "s")["repeat"]
    assert (repeat["frequency"], repeat["periodUnit"], repeat["dayOfWeek"]) == (
        2,
        "wk",
        ["mon", "thu"],
    )


def test_at_once_is_once():
    assert timing(frequencies()["st"], "s")["repeat"] == {"count": 1}


def test_before_meals_has_no_clock_times():
    repeat = timing(frequencies()["ac"], "s")["repeat"]
    assert "timeOfDay" not in repeat
    assert repeat["when"] == ["AC"]


def test_doses_of_the_first_day():
    tid, st, prn = (frequencies()[code] for code in ("tid", "st", "prn"))
    assert first_day(tid, time(7, 0)) == 3
    assert first_day(tid, time(9, 0)) == 2
    assert first_day(tid, time(22, 0)) == 1
    assert first_day(tid, time(9, 0), asked=0) == 0
    assert first_day(tid, time(9, 0), asked=9) == 3
    assert first_day(st, time(23, 0)) == 1
    assert first_day(prn, time(9, 0)) == 1
