"""Comparisons of packed records, for engines that call functions on texts (training).

tools/train_matching.py; DuckDB and Spark pass strings and take integers.
"""

from __future__ import annotations

from functools import lru_cache

from . import compare
from .index import unpack

_known = lru_cache(maxsize=1 << 16)(unpack)


def level(field: str, left: str, right: str) -> int:
    """The level of agreement of one field."""
    return compare.level(field, _known(left), _known(right))
