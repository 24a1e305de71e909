"""Exports that leave elements out: those not asked for, and those that an Access hides.

https://hl7.org/fhir/uv/bulkdata/STU2/export.html (``_elements``)
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from xinglin.cdr.interactions.hidden import SUBSETTED, conceal, is_subsetted
from xinglin.fhir import definitions, json

if TYPE_CHECKING:
    from xinglin.cdr.access import Access

    from .request import ExportRequest

_ALWAYS = frozenset({"resourceType", "id", "meta"})


class Narrowed:
    """Keeps the elements asked for and those that a resource must have; marks it as a subset."""

    def __init__(self, wanted: ExportRequest, access: Access) -> None:
        self._elements = wanted.elements
        self._access = access

    def of(self, lines: bytes) -> tuple[bytes, int]:
        """The same lines, narrowed, and how many there are."""
        kept = [json.encode(self._one(json.decode(line))) for line in lines.splitlines()]
        kept.append(b"")
        return b"\n".join(kept), len(kept) - 1

    def _one(self, resource: dict[str, Any]) -> dict[str, Any]:
        resource = conceal(resource, self._access.hides(resource["resourceType"]))
        keys = _kept(resource["resourceType"], self._elements)
        if keys is None:
            return resource
        found = {key: value for key, value in resource.items() if key.removeprefix("_") in keys}
        meta = dict(found.get("meta", {}))
        if not is_subsetted(found):
            meta["tag"] = [*meta.get("tag", []), SUBSETTED]
        found["meta"] = meta
        return found


@lru_cache(maxsize=1024)
def _kept(type_: str, elements: tuple[str, ...]) -> frozenset[str] | None:
    """Keys to keep; None: all, as nothing was asked about this type."""
    asked: set[str] = set()
    for element in elements:
        owner, _, name = element.rpartition(".")
        if owner in {"", type_}:
            asked.add(name)
    if not asked:
        return None
    keys = definitions.json_keys(type_)
    return _ALWAYS | {
        key for key, (element, _) in keys.items() if element.name in asked or element.min > 0
    }
