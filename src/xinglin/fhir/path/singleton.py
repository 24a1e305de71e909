"""One item or none: the rules for where a single value is needed.

FHIRPath N1 (2.0.0) §4.5, http://hl7.org/fhirpath/N1/#singleton-evaluation-of-collections.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.fhir.path.errors import PathError, PathLimitError
from xinglin.fhir.path.node import to_system

if TYPE_CHECKING:
    from xinglin.fhir.path.environment import Env

MAX_TEXT = 1_000_000

# Results that are shared: no function changes a collection that it was given.
TRUE: list[Any] = [True]
FALSE: list[Any] = [False]
EMPTY: list[Any] = []


def boxed(value: bool | None) -> list[Any]:
    """Turn a three-valued truth into a collection."""
    return TRUE if value else EMPTY if value is None else FALSE


def single(items: list[Any]) -> Any:
    """Return the only item, None when there is none; PathError when there are several."""
    if len(items) == 1:
        return items[0]
    if not items:
        return None
    raise PathError(
        f"one item is needed here, but there are {len(items)}; use first() or where()",
        f"此处只能有一项，实际有 {len(items)} 项；请用 first() 或 where()",
    )


def truth(items: list[Any]) -> bool | None:
    """Evaluate a collection as a boolean by the singleton rule."""
    if not items:
        return None
    value = to_system(single(items))
    return value if value.__class__ is bool else True


def charge(env: Env, items: int) -> None:
    """Count items against what an evaluation may visit; PathError when it is too many."""
    env.steps -= items
    if env.steps < 0:
        raise PathLimitError(
            "too many items are visited; narrow the expression", "访问的项过多，请缩小表达式的范围"
        )


def bounded(length: int) -> None:
    """Refuse a text that would grow beyond bounds."""
    if length > MAX_TEXT:
        raise PathLimitError(
            f"the text would be longer than {MAX_TEXT} characters; shorten it",
            f"文本将超过 {MAX_TEXT} 个字符，请缩短",
        )
