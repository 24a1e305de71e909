"""Passwords that everybody tries first, known by rule: words, keyboard runs, dates, telephones.

NIST SP 800-63B section 3.1.1.2 (blocklist). Words and patterns written from what published studies
of leaked passwords agree on, among them those of Chinese users (Li, Wang and Sun, 2017).
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product
from pathlib import Path

# In lower case, letters only: what stands around them is taken away before looking.
_WORDS = (Path(__file__).parent / "common_words.txt").read_text(encoding="utf-8").split()
_RUNS = (
    "1234567890123456789012345678901234567890",
    "0987654321098765432109876543210987654321",
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnmqwertyuiop",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "qazwsxedcrfvtgbyhnujmikolp",
    "zaqxswcdevfrbgtnhymjukilop",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "qawsedrftgyhujikolp",
    "147258369147258369",
    "159357159357",
    "789456123789456123",
    "5201314520131452013145201314",
    "1314520131452013145201314520",
)
_LEET = str.maketrans("@4831!05$7+", "aabeiiosstt")
_YEAR = r"(19|20)\d\d"
_PATTERNS = tuple(
    re.compile(one)
    for one in (
        r"\d{1,13}",  # digits alone: dates, telephones, account numbers
        rf"\D{{0,4}}{_YEAR}(0?[1-9]|1[0-2])(0?[1-9]|[12]\d|3[01])\D{{0,4}}",  # a birthday
        r"\D{0,4}1[3-9]\d{9}\D{0,4}",  # a mobile telephone
        r"\d{17}[\dxX]",  # an identity number
        r"(.)\1*",
        r"(.{1,6}?)\1+.?",  # the same again and again
    )
)


@lru_cache(maxsize=1)
def words() -> frozenset[str]:
    """The words, and two short ones joined: a few thousand."""
    short = [word for word in _WORDS if len(word) <= 5]
    return frozenset(_WORDS) | {one + other for one, other in product(short, short)}


def common(password: str, *own: str) -> bool:
    """Whether a list of common passwords would have it; ``own`` are words of the account."""
    folded = password.casefold()
    if any(pattern.fullmatch(folded) for pattern in _PATTERNS):
        return True
    if any(folded.strip("!@#$%^&*.?_-+=~") in run for run in _RUNS):
        return True
    core = _core(folded)
    bare = {core, _core(folded.translate(_LEET)), core.translate(_LEET)}
    mine = {_core(word.casefold()) for word in own if len(word) >= 3} - {""}
    if any(one in words() or one in mine or len(one) < 2 for one in bare):
        return True
    return any(_RUNS[i].find(core) >= 0 for i in range(2, len(_RUNS)) if len(core) > 3)


def _core(text: str) -> str:
    """Without digits and signs around it, which is where people put them."""
    return re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text)
