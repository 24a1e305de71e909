"""Copies of JSON values, so that a patch never changes what it was given.

FHIR R4 §2.6 JSON; numbers are immutable and kept with their lexical form.
"""

from __future__ import annotations

from typing import Any


def copied(value: Any) -> Any:
    """Copy a JSON value: objects and arrays anew, the rest shared."""
    if isinstance(value, dict):
        return {name: copied(item) for name, item in value.items()}
    return [copied(item) for item in value] if isinstance(value, list) else value


def tidied(resource: dict[str, Any]) -> dict[str, Any]:
    """Copy a resource without the empty objects and arrays that FHIR JSON does not allow.

    Removing the last item of an array by JSON Patch leaves ``[]`` behind; nulls stay, as they
    align the arrays of primitives.
    """
    found = _tidied(resource)
    return found if isinstance(found, dict) else {}


def _tidied(value: Any) -> Any:
    if isinstance(value, dict):
        items = {name: _tidied(item) for name, item in value.items()}
        return {name: item for name, item in items.items() if item not in ({}, [])}
    if isinstance(value, list):
        items = [_tidied(item) for item in value]
        kept = [item for item in items if item not in ({}, [])]
        return [] if all(item is None for item in kept) else kept
    return value
