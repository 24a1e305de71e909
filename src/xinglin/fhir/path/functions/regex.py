"""Regular expressions of FHIRPath, kept from backtracking without end.

FHIRPath N1 (2.0.0) §5.6.9 matches: Perl-compatible, single-line mode (a dot is any character).
"""

from __future__ import annotations

import re
import re._parser as re_parser  # pyright: ignore[reportMissingImports]
from functools import lru_cache
from typing import Any

from xinglin.fhir.path.errors import PathError

MAX_PATTERN = 1_000
_FEW = 10


@lru_cache(maxsize=512)
def pattern(text: str) -> re.Pattern[str]:
    """Compile a pattern; PathError when it is none, or one that may take for ever."""
    if len(text) > MAX_PATTERN:
        raise PathError(
            f"the regular expression is longer than {MAX_PATTERN} characters; shorten it",
            f"正则表达式超过 {MAX_PATTERN} 个字符，请缩短",
        )
    try:
        _refuse_explosive(re_parser.parse(text))
        return re.compile(text, re.DOTALL)
    except (re.error, RecursionError, OverflowError) as error:
        raise PathError(
            f"‘{text}’ is no regular expression: {error}", f"“{text}”不是正则表达式：{error}"
        ) from None


def _refuse_explosive(pattern: Any, *, inside: bool = False) -> None:
    """Refuse what backtracks without end: a repeat of a repeat with nothing fixed between."""
    for code, argument in pattern:
        name = str(code)
        if name in ("MAX_REPEAT", "MIN_REPEAT"):
            _, most, body = argument
            many = int(most) > _FEW
            if many and inside:
                raise re.error("a repeat within a repeat needs fixed text between the two")
            fixed = any(str(c) == "LITERAL" for c, _ in _unwrapped(body))
            _refuse_explosive(body, inside=(many and not fixed) or (inside and not many))
        elif name == "SUBPATTERN":
            _refuse_explosive(argument[-1], inside=inside)
        elif name == "BRANCH":
            for branch in argument[1]:
                _refuse_explosive(branch, inside=inside)
        elif name in ("ASSERT", "ASSERT_NOT"):
            _refuse_explosive(argument[1], inside=inside)


def _unwrapped(pattern: Any) -> Any:
    """Look through the group that a repeat is usually written around."""
    while len(pattern) == 1 and str(pattern[0][0]) == "SUBPATTERN":
        pattern = pattern[0][1][-1]
    return pattern
