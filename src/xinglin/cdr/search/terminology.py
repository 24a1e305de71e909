"""Asks terminology what ``:in``, ``:not-in``, ``:above`` and ``:below`` of tokens mean.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html#token and search_filter.html#ops.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .query import Both, Chained, Compared, Either, Expr, Leaf, Negated, Reversed
from .values import plain, refuse, split

if TYPE_CHECKING:
    from .build.builder import Codes
    from .run import Run

_OPERATORS: Final = {"ss": "below", "sb": "above", "in": "in", "ni": "in"}
MAX_CODES: Final = 20_000


async def ask(run: Run, where: dict[str, tuple[Expr, ...]]) -> dict[tuple[str, str], Codes]:
    """The codes of each value set and of each subsumption that the search names."""
    wanted: dict[tuple[str, str], str] = {}
    for expressions in where.values():
        for expression in expressions:
            _collect(expression, wanted)
    return {key: await _codes(run, *key, place) for key, place in wanted.items()}


def _collect(expression: Expr, wanted: dict[tuple[str, str], str]) -> None:
    match expression:
        case Leaf():
            if expression.param.kind == "token" and expression.modifier in {
                "in",
                "not-in",
                "above",
                "below",
            }:
                modifier = expression.modifier.removeprefix("not-")
                for text in expression.values:
                    wanted[modifier, _value(modifier, text)] = expression.place
        case Compared():
            if expression.param.kind == "token" and expression.op in _OPERATORS:
                wanted[_OPERATORS[expression.op], expression.value] = expression.place
        case Chained() | Reversed():
            _collect(expression.inner, wanted)
        case Both() | Either():
            for part in expression.parts:
                _collect(part, wanted)
        case Negated():
            _collect(expression.part, wanted)


def _value(modifier: str, text: str) -> str:
    if modifier == "in":
        return plain(text)
    return "|".join(plain(part) for part in split(text, "|"))


async def _codes(run: Run, modifier: str, value: str, place: str) -> Codes:
    terminology = run.engine.terminology
    if terminology is None:
        raise refuse(
            place,
            f"'{place}' needs terminology, which this server has not loaded.",
            f"“{place}”需要术语服务，本服务器尚未加载。",
            "not-supported",
        )
    if modifier == "in":
        found = await terminology.expand(value)
    else:
        system, _, code = value.partition("|")
        if not system or not code:
            raise refuse(
                place,
                f"'{place}' needs the system as well: system|code.",
                f"“{place}”还需要代码系统：系统|代码。",
            )
        ask_ = terminology.above if modifier == "above" else terminology.below
        found = await ask_(system, code)
    if found is None:
        what = value[:120]
        raise refuse(
            place,
            f"'{what}' in '{place}' is not known here; load its ValueSet or CodeSystem first.",
            f"“{place}”中的“{what}”在本库中未知；请先加载相应的 ValueSet 或 CodeSystem。",
            "not-found",
        )
    if len(found) > MAX_CODES:
        raise refuse(
            place,
            f"'{value[:120]}' has {len(found)} codes; use a value set with at most {MAX_CODES}.",
            f"“{value[:120]}”含 {len(found)} 个代码；请用不超过 {MAX_CODES} 个代码的值集。",
            "too-costly",
        )
    return found
