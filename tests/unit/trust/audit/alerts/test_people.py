"""Who looks like a relative of whom, and who only has a common name."""

from __future__ import annotations

from typing import Any

import pytest

from xinglin.trust.audit.alerts import people

DOCTOR: dict[str, Any] = {
    "name": [{"text": "王建国"}],
    "telecom": [{"system": "phone", "value": "+86 139-0000-1111"}],
    "address": [{"city": "杭州", "line": ["文三路 1 号 2 幢 301"]}],
}


@pytest.mark.parametrize(
    ("patient", "signal"),
    [
        ({"name": [{"text": "王小明"}], "address": [{"city": "杭州", "line": ["文三路1号2幢301"]}]}, "surname-address"),
        ({"name": [{"text": "李小明"}], "address": [{"city": "杭州", "line": ["文三路1号2幢301"]}]}, ""),
        ({"name": [{"text": "王小明"}], "address": [{"city": "杭州", "line": ["文一路9号101"]}]}, ""),
        ({"name": [{"text": "李花"}], "contact": [{"telecom": [{"system": "phone", "value": "13900001111"}]}]}, "contact"),
        ({"name": [{"text": "王花"}], "contact": [{"name": {"text": "王建国"}}]}, "contact"),
        ({"name": [{"text": "李花"}], "contact": [{"name": {"text": "王建国"}}]}, ""),
        ({}, ""),
    ],
)  # fmt: skip
def test_signal(patient: dict[str, Any], signal: str) -> None:
    assert people.signal(DOCTOR, patient) == signal


def test_surnames_of_two_characters() -> None:
    one = {"name": [{"text": "欧阳明"}], "address": [{"line": ["解放路100号"]}]}
    other = {"name": [{"text": "欧明"}], "address": [{"line": ["解放路100号"]}]}
    assert people.signal(one, other) == ""
    assert people.signal(one, {**other, "name": [{"family": "欧阳"}]}) == "surname-address"


def test_labels() -> None:
    assert people.labels({"meta": {"security": [{"code": "CELEB"}, {}]}}) == {"CELEB"}
    assert people.labels({}) == frozenset()
