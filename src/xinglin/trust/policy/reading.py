"""Small readers of JSON that may be anything: references, codes, times.

https://hl7.org/fhir/R4/datatypes.html, references.html
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xinglin.cdr.index.dates import Dates

Name = tuple[str, str]
"""(type, id) of a resource of this repository."""
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
T = TypeVar("T")


class Times:
    """FHIR times as instants, in the time zone of the installation where they say none."""

    def __init__(self, dates: Dates) -> None:
        self._dates = dates

    def start(self, text: Any) -> datetime | None:
        """The first moment of a date or time; None where there is none."""
        return self._moment(text, 0)

    def end(self, text: Any) -> datetime | None:
        """The last moment."""
        return self._moment(text, 1)

    def _moment(self, text: Any, which: int) -> datetime | None:
        if not isinstance(text, str):
            return None
        try:
            return EPOCH + timedelta(microseconds=self._dates.bounds(text)[which])
        except (ValueError, OverflowError):
            return None


def local(reference: Any, type_: str | None = None) -> Name | None:
    """(type, id) of a Reference to a resource here, of this type; None: elsewhere or no such."""
    text = reference.get("reference") if isinstance(reference, dict) else None
    if not isinstance(text, str) or "/" not in text or ":" in text:
        return None
    kind, id_ = text.split("/")[:2]
    return (kind, id_) if id_ and type_ in {None, kind} else None


def dicts(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; none where it is no list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def texts(value: Any) -> list[Any]:
    """One or several values as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def strip_none(values: Iterable[T | None]) -> list[T]:
    """Those that are there."""
    return [one for one in values if one is not None]


def codes(value: Any) -> set[str]:
    """The codes of one CodeableConcept or of several."""
    return {
        coding["code"]
        for concept in texts(value)
        if isinstance(concept, dict)
        for coding in dicts(concept.get("coding"))
        if isinstance(coding.get("code"), str)
    }


def labels(resource: dict[str, Any], system: str) -> set[str]:
    """The security labels of a resource, of one code system."""
    meta = resource.get("meta")
    found = dicts(meta.get("security")) if isinstance(meta, dict) else []
    return {str(one.get("code")) for one in found if one.get("system") == system}
