"""If-Match and If-None-Match on writes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from xinglin.cdr.interactions import match
from xinglin.cdr.interactions.draft import Draft
from xinglin.cdr.store import Stored
from xinglin.kernel.errors import Malformed, PreconditionFailed

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def draft(ver: int | None, *, deleted: bool = False) -> Draft:
    old = None if ver is None else Stored(1, 1, "x", ver, NOW, deleted, 1, None, "{}")
    return Draft("Patient", "x", {}, old)


@pytest.mark.parametrize("tag", ['W/"3"', '"3"', 'W/"2", W/"3"', "*", ' W/"3" '])
def test_the_version_that_is_there(tag):
    match.check(draft(3), tag)
    with pytest.raises(PreconditionFailed) as refused:
        match.check(draft(3), None, tag)
    assert refused.value.headers == {"ETag": 'W/"3"'}


@pytest.mark.parametrize("one", [draft(None), draft(0), draft(3, deleted=True)])
def test_nothing_is_there(one):
    for tag in ('W/"3"', "*"):
        with pytest.raises(PreconditionFailed):
            match.check(one, tag)
        match.check(one, None, tag)


def test_another_version():
    with pytest.raises(PreconditionFailed):
        match.check(draft(4), 'W/"3"')
    match.check(draft(4), None, 'W/"3"')


@pytest.mark.parametrize("tag", ["3", "W/3", '"3', "", 'W/"3" W/"4"'])
def test_no_tags(tag):
    with pytest.raises(Malformed):
        match.check(draft(3), tag)
