"""An element of a JSON object seen as a list of values, each with its primitive extensions.

FHIR R4 §2.6.2.2 JSON representation of primitive elements: ``name`` and ``_name`` run side by side.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Item(NamedTuple):
    """One value: its JSON form and, of a primitive, the object beside it."""

    value: Any
    shadow: Any = None


def _listed(value: Any) -> list[Any]:
    """What should be an array may be something else when an operation before was wrong."""
    return value if isinstance(value, list) else [] if value is None else [value]


class Field:
    """The values under one JSON property of an object, read and written as a whole."""

    def __init__(self, holder: dict[str, Any], key: str, *, many: bool) -> None:
        self.holder = holder
        self.key = key
        self.many = many

    def read(self) -> list[Item]:
        """Return the values, none when the property is not there."""
        value, shadow = self.holder.get(self.key), self.holder.get(f"_{self.key}")
        if not self.many and not isinstance(value, list):
            return [] if value is None and shadow is None else [Item(value, shadow)]
        values, shadows = _listed(value), _listed(shadow)
        return [
            Item(values[i] if i < len(values) else None, shadows[i] if i < len(shadows) else None)
            for i in range(max(len(values), len(shadows)))
        ]

    def write(self, items: list[Item]) -> None:
        """Put the values in place of the present ones; no values remove the property."""
        values: list[Any] = [i.value for i in items]
        shadows: list[Any] = [i.shadow for i in items]
        self._put(self.key, values)
        self._put(f"_{self.key}", shadows)

    def _put(self, key: str, values: list[Any]) -> None:
        if all(v is None for v in values):
            self.holder.pop(key, None)
        else:
            self.holder[key] = values if self.many else values[0]
