"""What a new password must be: long, and not one that others try first. No other rules.

NIST SP 800-63B section 3.1.1.2: no composition rules, no regular change.
"""

from __future__ import annotations

import asyncio
import itertools
import unicodedata
from pathlib import Path

from xinglin.kernel.errors import Invalid, Issue

from .breached import contains
from .common import common
from .passwords import LONGEST

SHORTEST = 10
_PIN_SHORTEST, _PIN_LONGEST = 4, 8


class Rules:
    """``file`` is an operator's list of breached passwords; empty: none."""

    def __init__(self, file: str = "") -> None:
        self._file = Path(file) if file else None

    async def check(self, password: str, *own: str) -> None:
        """``own`` are the account's name and the like; raises Invalid."""
        if len(password) < SHORTEST:
            raise _refuse(
                f"The new password has fewer than {SHORTEST} characters. A sentence is good.",
                f"新密码少于 {SHORTEST} 个字符。可以用一句话。",
            )
        if len(password) > LONGEST:
            raise _refuse(
                f"The new password has more than {LONGEST} characters.",
                f"新密码超过 {LONGEST} 个字符。",
            )
        normal = unicodedata.normalize("NFKC", password)
        known = common(normal, *own)
        if not known and self._file:
            known = await asyncio.to_thread(contains, self._file, password)
        if known:
            raise _refuse(
                "This password is among those that are tried first (a common word, run, date,"
                " telephone or your own name, or from a known leak). Choose another.",
                "该密码属于最先被猜到的一类（常见词、连续键位、日期、电话、本人姓名，或曾泄露）。"
                "请另选一个。",
            )


def check_pin(pin: str) -> None:
    """A PIN is short, and no run or repetition; raises Invalid."""
    fits = pin.isascii() and pin.isdigit() and _PIN_SHORTEST <= len(pin) <= _PIN_LONGEST
    steps = {int(b) - int(a) for a, b in itertools.pairwise(pin)} if fits else {0}
    if not fits or (len(steps) == 1 and steps <= {-1, 0, 1}):
        raise Invalid(
            Issue(
                "value",
                f"A PIN has {_PIN_SHORTEST} to {_PIN_LONGEST} digits, not all the same and not"
                " counting up or down.",
                f"PIN 为 {_PIN_SHORTEST} 至 {_PIN_LONGEST} 位数字，不能全相同或连续。",
                ("pin",),
            )
        )


def _refuse(en: str, zh: str) -> Invalid:
    return Invalid(Issue("value", en, zh, ("new",)))
