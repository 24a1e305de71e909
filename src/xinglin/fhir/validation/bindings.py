"""Required bindings: whether a code is one of those that the specification allows.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/terminologies.html#required.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from xinglin.fhir import definitions
from xinglin.fhir.validation.primitives import BINDING_PATTERNS


def fault(code: str, value: Any, value_set: str) -> tuple[str, str] | None:
    """Why this code, Coding or CodeableConcept is not in the set, or ``None``."""
    if code in ("CodeableConcept", "Coding"):
        return _concept_fault(
            value if code == "CodeableConcept" else {"coding": [value]}, value_set
        )
    if allowed(value_set, value):
        return None
    shown = str(value)[:60]
    choices, choices_zh = _choices(value_set)
    return (
        f"{shown!r} is not allowed here; use {choices}.",
        f"此处不允许 {shown!r}；请使用{choices_zh}。",
    )


def allowed(value_set: str, code: Any) -> bool:
    """Whether the set has this code; a set without a list takes what looks like its codes."""
    codes = definitions.codes(value_set)
    if codes is not None:
        return code in codes
    pattern = BINDING_PATTERNS.get(value_set)
    return pattern is None or pattern.fullmatch(code) is not None


@cache
def pairs(value_set: str) -> frozenset[tuple[str, str]] | None:
    """The (system, code) pairs of a set, or ``None`` when it has no list."""
    found = definitions.value_sets().get(value_set)
    if found is None:
        return None
    return frozenset((system, code) for system, codes in found.items() for code in codes)


def _concept_fault(value: dict[str, Any], value_set: str) -> tuple[str, str] | None:
    known = pairs(value_set)
    codings = value.get("coding")
    if known is None or not isinstance(codings, list):
        codings = [] if not isinstance(codings, list) else codings
    if known is None or any(in_pairs(coding, known) for coding in codings):
        return None
    if not codings and "extension" in value:
        return None
    choices, choices_zh = _choices(value_set)
    return (
        f"one of its codings must be from the required set; use {choices}.",
        f"至少一个编码须来自规定的值集；请使用{choices_zh}。",
    )


def in_pairs(coding: Any, known: frozenset[tuple[str, str]]) -> bool:
    """Whether this Coding is one of these pairs."""
    if not isinstance(coding, dict):
        return False
    system, code = coding.get("system"), coding.get("code")
    return isinstance(system, str) and isinstance(code, str) and (system, code) in known


def _choices(value_set: str) -> tuple[str, str]:
    codes = definitions.codes(value_set)
    if codes is None or len(codes) > 12:
        return f"a code of {value_set}", f"值集 {value_set} 中的代码"
    listed = ", ".join(sorted(codes))
    return f"one of {listed}", f"以下之一：{listed}"
