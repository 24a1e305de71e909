"""A write that is wanted, and what came of it.

https://hl7.org/fhir/R4/http.html#update
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xinglin.cdr.store import Stored


@dataclass(slots=True)
class Draft:
    """``resource`` None deletes. ``old`` is the row that is there, None where there is none.

    ``names``: the local references of the resource, where the caller has gathered them. ``home``:
    the organisation that answers for it from now on, where that is corrected.
    """

    type: str
    id: str
    resource: dict[str, Any] | None
    old: Stored | None = None
    rid: int = 0
    names: set[tuple[str, str]] | None = None
    home: int | None = None

    @property
    def live(self) -> bool:
        """Whether there is a version that can be read now."""
        return self.old is not None and self.old.ver > 0 and not self.old.deleted


def unseen(draft: Draft) -> Draft:
    """The same, where nothing is there that its author may know of."""
    return Draft(draft.type, draft.id, draft.resource)


@dataclass(slots=True, frozen=True)
class Written:
    """A version that was written: what hooks are told."""

    type: str
    id: str
    rid: int
    version: int
    op: str
    resource: dict[str, Any] | None
    before: dict[str, Any] | None
