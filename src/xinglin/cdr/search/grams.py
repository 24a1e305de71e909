"""Words and Chinese pairs of characters, by which free text is found.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html#content. Latin words and numbers are whole
words; Chinese has no spaces, so it is cut into characters and pairs.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any, Final

from xinglin.cdr.index.text import fold, has_han

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_WORD: Final = 40
_TAG: Final = re.compile(r"<[^>]*>")
_SILENT: Final = frozenset(
    ("resourceType", "reference", "system", "url", "div", "data", "contentType", "hash", "id")
)
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


def pairs(folded: str) -> set[str]:
    """Characters and pairs of characters of a folded string, for ``:contains``."""
    found = set(folded)
    found.update(folded[i : i + 2] for i in range(len(folded) - 1))
    return found


def wanted_pairs(folded: str) -> set[str]:
    """What a string that contains ``folded`` must have: its pairs, or its one character."""
    return {folded[i : i + 2] for i in range(len(folded) - 1)} or set(folded)


def of_many(texts: Iterable[str]) -> set[str]:
    """Every gram of several texts."""
    found: set[str] = set()
    for text in texts:
        if text:
            found |= of(text)
    return found


def narrative(resource: dict[str, Any]) -> str:
    """The text of a resource's narrative without its tags."""
    div = (resource.get("text") or {}).get("div") or ""
    return unescape(_TAG.sub(" ", div)) if div else ""


def strings(resource: dict[str, Any]) -> list[str]:
    """Everything that people wrote into a resource: no addresses, no data, no narrative."""
    found: list[str] = []
    stack: list[Any] = [resource]
    while stack:
        for name, value in stack.pop().items():
            if isinstance(value, dict):
                stack.append(value)
            elif isinstance(value, list):
                stack += [one for one in value if isinstance(one, dict)]
                found += [one for one in value if isinstance(one, str)]
            elif isinstance(value, str) and name not in _SILENT:
                found.append(value)
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
