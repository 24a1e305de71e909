"""Copies of JSON values, so that a patch never changes what it was given; and what it empties.

FHIR R4 §2.6 JSON; numbers are immutable and kept with their lexical form.
"""

from __future__ import annotations

from typing import Any


def copied(value: Any) -> Any:
    """Copy a JSON value: objects and arrays anew, the rest shared."""
    if isinstance(value, dict):
        return {name: copied(item) for name, item in value.items()}
    return [copied(item) for item in value] if isinstance(value, list) else value


def measured(value: Any) -> tuple[int, int]:
    """Count the values in a JSON value and the levels it has."""
    count, depth = 0, 0
    level = [value]
    while level:
        depth += 1
        count += len(level)
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        level = below
    return count, depth


def pruned(value: Any, emptied: set[int]) -> Any:
    """Take out the objects and arrays of these identities that are empty still.

    FHIR JSON has no empty arrays or objects; what holds nothing else goes with them.
    """
    if isinstance(value, dict):
        for name in [n for n, item in value.items() if _hollow(item, emptied)]:
            del value[name]
    elif isinstance(value, list):
        value[:] = [item for item in value if not _hollow(item, emptied)]
    return value


def _hollow(item: Any, emptied: set[int]) -> bool:
    if not isinstance(item, (dict, list)):
        return False
    full = bool(item)
    pruned(item, emptied)
    return not item and (full or id(item) in emptied)
