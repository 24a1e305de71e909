from zoneinfo import ZoneInfo

import pytest

from xinglin.cdr.index.dates import MAX, Dates

SHANGHAI = Dates(ZoneInfo("Asia/Shanghai"))
UTC = Dates(ZoneInfo("UTC"))


def test_half_past_seven_in_hangzhou_is_the_day_before_in_utc() -> None:
    low, _ = SHANGHAI.bounds("2024-03-01T07:30:00")
    assert low == UTC.bounds("2024-02-29T23:30:00Z")[0]
    assert SHANGHAI.bounds("2024-03-01")[0] == UTC.bounds("2024-02-29T16:00:00Z")[0]


def test_a_leap_second_ends_its_minute() -> None:
    assert UTC.bounds("2016-12-31T23:59:60Z") == UTC.bounds("2016-12-31T23:59:59Z")
    assert UTC.bounds("2016-12-31T23:59:60.5Z") == UTC.bounds("2016-12-31T23:59:59Z")


def test_minutes_are_enough_to_search() -> None:
    low, high = UTC.bounds("2024-03-01T07:30Z")
    assert high - low + 1 == 60_000_000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2024-13",
        "2023-02-29",
        "0000",
        "2024-1-1",
        "2024-01-01T24:00:00Z",
        "２０２４",
        "2024-01-01T10",
    ],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        UTC.bounds(text)


def test_a_period_turned_round_is_found_by_its_start() -> None:
    start = UTC.bounds("2024-05")[0]
    assert UTC.period({"start": "2024-05", "end": "2024-01-01"}) == (start, start)
    assert UTC.period({}) is None


def test_a_timing_is_its_outer_limits() -> None:
    events = {"event": ["2024-03-01", None, "2024-01-01"]}
    assert UTC.timing(events) == (UTC.bounds("2024-01-01")[0], UTC.bounds("2024-03-01")[1])
    limits = {"repeat": {"boundsPeriod": {"start": "2024"}}}
    assert UTC.timing(limits) == (UTC.bounds("2024")[0], MAX)
    assert UTC.timing({"repeat": {"frequency": 3}}) is None
