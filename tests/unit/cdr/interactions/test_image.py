"""The stored image: meta of the server, the rest of the client."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from xinglin.cdr.interactions import image
from xinglin.kernel.errors import Malformed, NotFound

AT = datetime(2026, 3, 1, 8, 0, 0, 7000, tzinfo=UTC)


def test_instants_are_in_utc_with_milliseconds():
    assert image.instant(AT) == "2026-03-01T08:00:00.007Z"
    shanghai = AT.astimezone(timezone(timedelta(hours=8)))
    assert image.instant(shanghai) == "2026-03-01T08:00:00.007Z"
    assert image.instant(AT.replace(microsecond=999_999)) == "2026-03-01T08:00:00.999Z"


def test_the_server_owns_version_and_time():
    given = {
        "resourceType": "Patient",
        "gender": "male",
        "meta": {
            "versionId": "9",
            "_versionId": {"id": "x"},
            "lastUpdated": "2001-01-01T00:00:00Z",
            "_lastUpdated": {"id": "y"},
            "source": "http://s",
            "tag": [{"code": "t"}],
        },
        "id": "theirs",
    }
    before = repr(given)
    stamped = image.stamp(given, "ours", 3, AT)
    assert list(stamped) == ["resourceType", "id", "meta", "gender"]
    assert stamped["id"] == "ours"
    assert stamped["meta"] == {
        "versionId": "3",
        "lastUpdated": "2026-03-01T08:00:00.007Z",
        "source": "http://s",
        "tag": [{"code": "t"}],
    }
    assert repr(given) == before


@pytest.mark.parametrize("id_", ["a", "A-1.b", "x" * 64])
def test_ids(id_):
    assert image.is_id(id_)


@pytest.mark.parametrize("id_", ["", "x" * 65, "a b", "a/b", "é", "a\n", "a_b"])
def test_no_ids(id_):
    assert not image.is_id(id_)
    with pytest.raises(Malformed):
        image.check_id(id_)


def test_types():
    image.check_type("Patient")
    with pytest.raises(NotFound):
        image.check_type("patient")
