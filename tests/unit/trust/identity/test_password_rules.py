"""New passwords: what is refused, what is not, and the operator's file."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from xinglin.kernel.errors import Invalid
from xinglin.trust.identity.breached import contains
from xinglin.trust.identity.common import common, words
from xinglin.trust.identity.password_rules import Rules, check_pin
from xinglin.trust.identity.passwords import Hasher

BAD = [
    "password123", "Password2024!", "P@ssw0rd123", "1234567890", "12345678901", "qwertyuiop",
    "1qaz2wsx3edc", "woaini1314520", "woaini5201314", "zhangsan123", "wangli1990!!",
    "13812345678", "a13812345678", "19900101abc", "wang19900101", "aaaaaaaaaa", "abcabcabcabc",
    "letmein2023", "Hospital2025", "yiyuan123456", "admin888888", "110101199003077715",
    "iloveyou1234", "!!!password!!!", "5201314520", "abcdefghijk", "qazwsxedcrfv",
]  # fmt: skip
GOOD = [
    "correct ladder moon", "我每天早上七点喝豆浆", "tall-giraffe-hums-42", "Zx9#kQ2!vBn7",
    "riverbank tuba 77", "mein Hund frisst Socken",
]  # fmt: skip


@pytest.mark.parametrize("password", BAD)
def test_what_everybody_tries_is_known(password: str):
    assert common(password)


@pytest.mark.parametrize("password", GOOD)
async def test_a_fair_password_passes(password: str):
    assert not common(password)
    await Rules().check(password, "nurse.li", "李护士")


async def test_short_long_and_own_names_are_refused():
    for password, own in (("short", ()), ("x1" * 200, ()), ("nurse.lixia99", ("nurse.lixia",))):
        with pytest.raises(Invalid):
            await Rules().check(password, *own)


def test_the_list_has_a_few_thousand():
    assert 2000 < len(words()) < 20_000


def test_the_operators_file_is_searched(tmp_path: Path):
    passwords = [f"leaked phrase number {n}" for n in range(500)]
    lines = sorted(
        hashlib.sha1(one.encode(), usedforsecurity=False).hexdigest().upper() for one in passwords
    )
    for end, name in (("\n", "plain"), ("\r\n", "windows"), (":17\n", "counted")):
        file = tmp_path / name
        file.write_bytes("".join(line + end for line in lines).encode())
        assert all(contains(file, one) for one in passwords)
        assert not any(contains(file, f"other phrase {n}") for n in range(500))
    (tmp_path / "empty").write_bytes(b"")
    assert not contains(tmp_path / "empty", "x")


async def test_a_leaked_password_is_refused(tmp_path: Path):
    file = tmp_path / "leaked"
    leaked = hashlib.sha1(b"tall-giraffe-hums-42", usedforsecurity=False).hexdigest().upper()
    file.write_text(f"{leaked}:3\n")
    with pytest.raises(Invalid, match="leak"):
        await Rules(str(file)).check("tall-giraffe-hums-42")


@pytest.mark.parametrize(
    "pin", ["", "123", "1234", "4321", "0000", "123456789", "12a4", "１２９４"]
)
def test_a_bad_pin_is_refused(pin: str):
    with pytest.raises(Invalid):
        check_pin(pin)


def test_a_fair_pin_passes():
    check_pin("4719")
    check_pin("902846")


async def test_hashes_verify_only_what_they_were_made_of():
    cheap = Hasher(memory=64, rounds=1)
    kept = await cheap.hash("tall-giraffe-hums-42")
    assert kept.startswith("$argon2id$")
    assert await cheap.verify(kept, "tall-giraffe-hums-42")
    assert not await cheap.verify(kept, "tall-giraffe-hums-43")
    assert not await cheap.verify("", "nobody has this password")
    assert not await cheap.verify(kept, "x" * 10_000)
    assert not await cheap.verify("nonsense", "x")
    assert not cheap.outdated(kept)
    assert Hasher(memory=128, rounds=1).outdated(kept)
