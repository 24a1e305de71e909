"""What the careful pass says: issues with their place, in both languages.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/operationoutcome.html.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from xinglin.kernel.errors import Issue

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_ISSUES: Final = 500

_SHAPES: Final[dict[type, tuple[str, str]]] = {
    dict: ("an object", "对象"),
    list: ("an array", "数组"),
    str: ("a string", "字符串"),
    bool: ("true or false", "布尔值"),
    type(None): ("null", "null"),
}


class Full(Exception):
    """There are enough issues: looking on would only cost time."""


class Report:
    """Collects issues; a resource that is wrong all over is not told of in full."""

    def __init__(self) -> None:
        self.issues: list[Issue] = []

    def say(self, code: str, place: str, en: str, zh: str) -> None:
        """Add an issue about one place; raises ``Full`` when there are too many."""
        if len(self.issues) >= MAX_ISSUES:
            self.issues.append(
                Issue(
                    "too-costly",
                    f"There are more than {MAX_ISSUES} issues; correct these first.",
                    f"问题超过 {MAX_ISSUES} 个；请先更正以上问题。",
                )
            )
            raise Full
        self.issues.append(Issue(code, f"{place}: {en}", f"{place}：{zh}", (place,)))

    def wrong_kind(self, value: Any, spot: str, en: str, zh: str) -> None:
        """Not the JSON shape that the type has."""
        shape, shape_zh = _SHAPES.get(type(value), ("a number", "数字"))
        self.say(
            "structure", spot, f"must be {en}, not {shape}.", f"必须是{zh}，而不是{shape_zh}。"
        )

    def empty(self, spot: str) -> None:
        """``{}`` or ``[]``."""
        self.say(
            "structure",
            spot,
            "must not be empty; fill it or leave it out.",
            "不能为空；请填写或省略。",
        )

    def only_id(self, spot: str) -> None:
        """An element that has nothing but an id."""
        self.say(
            "invariant",
            spot,
            "has only an id; give it a value or remove it (ele-1).",
            "只有 id；请填写内容或删除（ele-1）。",
        )

    def unknown_type(self, name: Any, spot: str, known: Iterable[str]) -> None:
        """What should name a resource type names none."""
        shown = name[:60] if isinstance(name, str) else "…"
        hint, hint_zh = close(shown, known)
        self.say(
            "value",
            spot,
            f"{shown!r} is no resource type of R4{hint}.",
            f"{shown!r} 不是 R4 的资源类型{hint_zh}。",
        )


def close(word: str, known: Iterable[str]) -> tuple[str, str]:
    """A hint at the word that was perhaps meant."""
    found = get_close_matches(word, known, 1, 0.75)
    return (f" (did you mean {found[0]}?)", f"（是否想写 {found[0]}？）") if found else ("", "")
