"""Bounds of dates, over all that FHIR can write."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from xinglin.cdr.index.dates import MAX, MIN, Dates, microseconds

SHANGHAI = Dates(ZoneInfo("Asia/Shanghai"))
ZONES = st.sampled_from(["UTC", "Asia/Shanghai", "America/New_York", "Asia/Kathmandu"]).map(
    lambda name: Dates(ZoneInfo(name))
)
DAYS = st.dates(date(1, 1, 1), date(9999, 12, 31))
MOMENTS = st.datetimes(
    datetime(1, 1, 2),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(9999, 12, 30),  # noqa: DTZ001 - hypothesis adds the zone
    timezones=st.sampled_from([UTC, ZoneInfo("Etc/GMT-8")]),
)


@given(ZONES, DAYS)
def test_a_day_lies_in_its_month_and_that_in_its_year(dates: Dates, day: date) -> None:
    text = day.isoformat()
    (y0, y1), (m0, m1), (d0, d1) = (dates.bounds(text[:n]) for n in (4, 7, 10))
    assert y0 <= m0 <= d0 < d1 <= m1 <= y1


@given(DAYS)
def test_days_follow_each_other_without_gap(day: date) -> None:
    if day < date(9999, 12, 31):
        following = day + timedelta(days=1)
        end, start = SHANGHAI.bounds(day.isoformat())[1], SHANGHAI.bounds(following.isoformat())[0]
        # Local time was put forward at midnight now and then; it never overlaps by a day.
        assert abs(start - end - 1) <= 3600 * 1_000_000


@given(MOMENTS)
def test_a_moment_is_where_the_clock_says(moment: datetime) -> None:
    text = moment.isoformat(timespec="seconds")
    low, high = SHANGHAI.bounds(text.replace("+00:00", "Z"))
    assert low == microseconds(moment.replace(microsecond=0))
    assert high - low == 999_999


@given(MOMENTS, st.integers(1, 9))
def test_a_fraction_narrows_the_second(moment: datetime, digits: int) -> None:
    whole = moment.strftime("%Y").zfill(4) + moment.strftime("-%m-%dT%H:%M:%S")
    fraction = f"{moment.microsecond:06d}000"[:digits]
    second = SHANGHAI.bounds(f"{whole}Z")
    low, high = SHANGHAI.bounds(f"{whole}.{fraction}Z")
    assert second[0] <= low <= high <= second[1]
    assert high - low + 1 == 10 ** max(6 - digits, 0)


@given(DAYS, DAYS)
def test_a_period_holds_both_its_ends(one: date, other: date) -> None:
    start, end = sorted([one.isoformat(), other.isoformat()])
    bounds = SHANGHAI.period({"start": start, "end": end})
    assert bounds == (SHANGHAI.bounds(start)[0], SHANGHAI.bounds(end)[1])
    assert SHANGHAI.period({"start": start}) == (SHANGHAI.bounds(start)[0], MAX)
    assert SHANGHAI.period({"end": end}) == (MIN, SHANGHAI.bounds(end)[1])


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_is_refused(text: str) -> None:
    try:
        low, high = SHANGHAI.bounds(text)
    except ValueError:
        return
    assert MIN < low <= high < MAX
