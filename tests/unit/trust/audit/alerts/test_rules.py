"""Each rule sets off where it should, and not before."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from xinglin.cdr.index.dates import microseconds
from xinglin.trust.audit import Event
from xinglin.trust.audit.alerts.rules import Evaluation, Facts, rules
from xinglin.trust.audit.model import Row

NOON = microseconds(datetime(2026, 11, 24, 4, tzinfo=UTC))  # in Hangzhou
MINUTE = 60_000_000


def row(minute: float = 0, role: str = "nurse", status: int = 200, **more: Any) -> Row:
    event = Event(**{"kind": "read", "status": status, "account": 7, "role": role} | more)
    return Row(1000, 1, int(NOON + minute * MINUTE), event)


@pytest.fixture
def evaluation() -> Evaluation:
    return Evaluation(ZoneInfo("Asia/Shanghai"))


def codes(evaluation: Evaluation, one: Row, facts: Facts | None = None) -> list[str]:
    return [hit.rule.code for hit in evaluation.hits(one, facts or Facts())]


def test_every_rule_is_readable() -> None:
    assert len({rule.code for rule in rules()}) == len(rules())
    for rule in rules():
        assert rule.name["zh"]
        assert rule.name["en"]


def test_own_record(evaluation: Evaluation) -> None:
    facts = Facts(own={7: 55})
    assert codes(evaluation, row(patients=(55,)), facts) == ["own-record"]
    assert codes(evaluation, row(patients=(56,)), facts) == []
    assert codes(evaluation, row(patients=(55,), role="patient"), facts) == []
    assert codes(evaluation, row(patients=(55,), status=404), facts) == []


def test_relatives_and_confidential_patients(evaluation: Evaluation) -> None:
    facts = Facts(
        relatives={(7, 55): "contact"}, sealed=frozenset({56}), labels={57: frozenset({"CELEB"})}
    )
    assert codes(evaluation, row(patients=(55,)), facts) == ["family"]
    assert codes(evaluation, row(patients=(56,)), facts) == ["confidential"]
    assert codes(evaluation, row(patients=(57,)), facts) == ["confidential"]
    assert codes(evaluation, row(patients=(56,), role="privacy-officer"), facts) == []


def test_very_many_patients(evaluation: Evaluation) -> None:
    for number in range(80):
        assert codes(evaluation, row(number / 2, patients=(number, 1))) == []
    assert codes(evaluation, row(41, patients=(200,))) == ["many-patients"]
    assert codes(evaluation, row(110, patients=(201,))) == []  # the hour has gone by
    assert codes(evaluation, row(110, patients=tuple(range(99)), role="cashier")) == []


def test_refusals_and_failed_sign_ins(evaluation: Evaluation) -> None:
    refused = [codes(evaluation, row(n / 10, status=403)) for n in range(21)]
    assert refused == [[]] * 20 + [["refusals"]]
    failed = [
        codes(evaluation, row(n / 10, kind="sign-in-failed", status=401, account=0, actor="li"))
        for n in range(11)
    ]
    assert failed == [[]] * 10 + [["sign-in-failures"]]


@pytest.mark.parametrize(("hour", "found"), [(0, []), (9, ["off-shift"]), (-6, ["off-shift"])])
def test_outside_the_hours_of_the_role(evaluation: Evaluation, hour: int, found: list[str]) -> None:
    assert codes(evaluation, row(hour * 60, "cashier", patients=(5,))) == found
    assert codes(evaluation, row(hour * 60, "nurse", patients=(5,))) == []


def test_beginnings_and_the_trail_itself_set_nothing_off(evaluation: Evaluation) -> None:
    facts = Facts(own={7: 55})
    assert codes(evaluation, row(patients=(55,), phase="b"), facts) == []
    assert codes(evaluation, row(patients=(55,), kind="audit"), facts) == []
