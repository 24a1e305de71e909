"""Token buckets by client and account: who asks too much waits, nobody else does."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from xinglin.kernel.errors import TooMany
from xinglin.kernel.settings_trust import LimitSettings
from xinglin.serving import limits
from xinglin.serving.limits import Buckets, Limits, place


class Time:
    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def scope(client: str, path: str = "/fhir/Patient", method: str = "GET") -> dict[str, Any]:
    return {"type": "http", "client": (client, 1), "path": path, "method": method}


def test_a_bucket_empties_and_fills():
    time = Time()
    buckets = Buckets(2.0, 3, time)
    assert [buckets.wait("a") for _ in range(3)] == [0.0, 0.0, 0.0]
    assert buckets.wait("a") == pytest.approx(0.5)
    assert buckets.wait("b") == 0.0
    time.at += 0.5
    assert buckets.wait("a") == 0.0
    assert buckets.wait("a") > 0
    time.at += 60
    assert [buckets.wait("a") for _ in range(4)].count(0.0) == 3


def test_no_limit():
    buckets = Buckets(0.0, 1)
    assert not any(buckets.wait("a") for _ in range(100))


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limits, "KEPT", 10)
    buckets = Buckets(1.0, 1, Time())
    for number in range(100):
        buckets.wait(str(number))
    assert len(buckets._left) == 10


def test_by_address_and_stricter_at_sign_in():
    found = Limits(LimitSettings(client_burst=10, sign_in_burst=2), Time())
    for _ in range(2):
        found.check(scope("203.0.113.5", "/auth/sign-in", "POST"))
    with pytest.raises(TooMany) as refused:
        found.check(scope("203.0.113.5", "/auth/sign-in", "POST"))
    assert refused.value.status == 429
    assert int(refused.value.headers["Retry-After"]) >= 1
    found.check(scope("203.0.113.5", "/auth/session"))
    found.check(scope("203.0.113.6", "/auth/sign-in", "POST"))
    with pytest.raises(TooMany):
        for _ in range(10):
            found.check(scope("203.0.113.5"))


def test_this_machine_is_not_limited():
    found = Limits(LimitSettings(client_burst=1, sign_in_burst=1), Time())
    for client in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
        for _ in range(5):
            found.check(scope(client, "/auth/sign-in", "POST"))


def test_a_network_of_ipv6_is_one_client():
    assert place(scope("2001:db8:1:2::1")) == place(scope("2001:db8:1:2:ffff::9"))
    assert place(scope("2001:db8:1:2::1")) != place(scope("2001:db8:1:3::1"))
    assert place(scope("::ffff:203.0.113.5")) == place(scope("203.0.113.5"))


async def test_by_account():
    found = Limits(LimitSettings(account_burst=2), Time())

    async def authorise(request: Any) -> Any:
        return SimpleNamespace(account=request.account)

    limited = found.authorising(authorise)

    async def ask(account: int, client: str) -> None:
        await limited(SimpleNamespace(account=account, scope=scope(client)))  # type: ignore[arg-type]

    await ask(7, "203.0.113.5")
    await ask(7, "203.0.113.6")
    with pytest.raises(TooMany):
        await ask(7, "203.0.113.7")
    await ask(8, "203.0.113.7")
    for _ in range(5):
        await ask(7, "127.0.0.1")
