"""Words and Chinese pairs of characters, by which free text is found.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html#content. Latin words and numbers are whole
words; Chinese has no spaces, so it is cut into characters and pairs.
"""

from __future__ import annotations

import re
from typing import Final

from xinglin.cdr.index.text import fold, has_han

MAX_WORD: Final = 40
_RUN: Final = re.compile(r"[^\W_]+")


def _runs(folded: str) -> list[str]:
    """Maximal runs of letters and digits, Chinese apart from the rest."""
    found: list[str] = []
    for match in _RUN.finditer(folded):
        run = ""
        for char in match[0]:
            if run and has_han(char) != has_han(run[-1]):
                found.append(run)
                run = ""
            run += char
        found.append(run)
    return found


def of(text: str) -> set[str]:
    """Every gram of a text."""
    found: set[str] = set()
    for run in _runs(fold(text)):
        if has_han(run):
            found.update(run)
            found.update(run[i : i + 2] for i in range(len(run) - 1))
        else:
            found.add(run[:MAX_WORD])
    return found


def wanted(text: str) -> tuple[set[str], set[str]]:
    """(grams that must be there, Chinese phrases of three or more characters to look up again)."""
    grams: set[str] = set()
    phrases: set[str] = set()
    for run in _runs(fold(text)):
        if not has_han(run):
            grams.add(run[:MAX_WORD])
        elif len(run) == 1:
            grams.add(run)
        else:
            grams.update(run[i : i + 2] for i in range(len(run) - 1))
            if len(run) > 2:
                phrases.add(run)
    return grams, phrases
