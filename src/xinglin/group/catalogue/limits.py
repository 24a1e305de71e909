"""Which prescription limit holds for a drug, from its flags and its form.

处方管理办法 (2007), articles 19 and 23 to 26; spec/clinical.md, 3.7a.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import starter

if TYPE_CHECKING:
    from .model import Drug, Term


def limit(drug: Drug) -> Term:
    """The row of ``prescription-limits`` that holds."""
    return starter.terms("prescription-limits")[_code(drug)]


def _code(drug: Drug) -> str:
    form = starter.terms("forms")[drug.form].more
    if drug.has("N", "P1"):
        if form["slow"] == "y":
            return "narcotic-slow"
        return "narcotic-injection" if form["kind"] == "injection" else "narcotic-other"
    if drug.has("TOX"):
        return "toxic"
    if drug.has("P2"):
        return "psychotropic-2"
    return "antibiotic-special" if drug.has("AB3") else "ordinary"
