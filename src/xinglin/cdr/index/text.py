"""Strings as search compares them: without case, marks and accidents of writing.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html#string; Unicode UAX 15 and UAX 44.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from unicodedata import combining, name, normalize

LENGTH: Final = 200
"""Characters of a folded string that are stored."""
_HAN: Final = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_BETWEEN_HAN: Final = re.compile(f"(?<=[{_HAN}]) (?=[{_HAN}])")
_ANY_HAN: Final = re.compile(f"[{_HAN}]")


def fold(text: str) -> str:
    """Case-folded, compatibility forms unified, no marks on Latin letters, single spaces.

    ``fold`` of its own result changes nothing. A space between two Chinese characters is dropped.
    """
    if text.isascii():
        return " ".join(text.casefold().split())
    folded = _fold_once(text)
    # Compatibility forms can hide cased or marked letters (a second round finds them).
    while True:
        again = _fold_once(folded)
        if again == folded:
            return folded
        folded = again


def _fold_once(text: str) -> str:
    plain = normalize("NFKD", normalize("NFKC", text.casefold()))
    kept: list[str] = []
    latin = False
    for char in plain:
        if combining(char):
            if not latin:
                kept.append(char)
            continue
        latin = _is_latin(char)
        kept.append(char)
    joined = " ".join(normalize("NFC", "".join(kept)).split())
    return _BETWEEN_HAN.sub("", joined)


@lru_cache(maxsize=4096)
def _is_latin(char: str) -> bool:
    return char.isascii() or name(char, "").startswith("LATIN")


def stored(text: str) -> str:
    """The folded string as a row holds it."""
    return fold(text)[:LENGTH]


def has_han(text: str) -> bool:
    """Whether there is any Chinese character in it."""
    return _ANY_HAN.search(text) is not None
