"""Names to sign in by."""

from __future__ import annotations

import pytest

from xinglin.kernel.errors import Invalid
from xinglin.trust.identity.names import checked, folded


def test_case_and_width_do_not_matter():
    assert folded("Ａdmin") == folded("ADMIN") == folded(" admin") == "admin"
    assert folded("Straße") == folded("STRASSE")
    assert folded("王小明") == "王小明"


@pytest.mark.parametrize(
    "name", ["", " ", "a b", "a\tb", "a\u200bb", "x" * 65, "a\x00", "a\u202eb"]
)
def test_what_cannot_be_seen_is_refused(name: str):
    with pytest.raises(Invalid):
        checked(name)


def test_a_fair_name_stays():
    assert checked(" 王小明01 ") == "王小明01"
