"""Columns of rows as the text of a PostgreSQL array.

PostgreSQL 18, section 8.15.6. The driver looks at each element of an array twice to see whether it
is an array itself; on a small write that costs more than everything else together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


def numbers(column: Iterable[Any]) -> str:
    """Integers, decimals, booleans or single letters; None becomes NULL."""
    return "{" + ",".join(["NULL" if one is None else str(one) for one in column]) + "}"


def plain(column: Iterable[Any]) -> str:
    """Integers or decimals, none of them missing."""
    return "{" + ",".join(map(str, column)) + "}"


def texts(column: Iterable[str]) -> str:
    """Any texts, quoted."""
    return "{" + ",".join(map(_quoted, column)) + "}"


def _quoted(text: str) -> str:
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
