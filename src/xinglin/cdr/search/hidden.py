"""Elements that a policy hides cannot be searched, sorted, filtered or followed.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html; what is hidden is treated as not existing.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from xinglin.fhir.search import SearchParameters, parse_branch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xinglin.fhir.search import SearchParam

    from .engine import Sight

Hidden = tuple[tuple[str, tuple[str, ...]], ...]
"""Elements by type."""
_WHOLE = frozenset(("_text", "_content"))


class Shown(SearchParameters):
    """The search parameters without those that would tell of a hidden element."""

    def __init__(self, everything: SearchParameters, hidden: Hidden) -> None:
        paths = dict(hidden)
        params = [
            param
            for type_ in everything.types
            for param in everything.for_type(type_).values()
            if not tells(param, paths.get(type_, ()))
        ]
        compartment: Mapping[str, tuple[str, ...]] = everything.compartment
        super().__init__(
            params, types=everything.types, compartment=compartment, dates=everything.dates
        )


def shown(everything: SearchParameters, access: Sight) -> SearchParameters:
    """The parameters that the Access may use."""
    return _shown(everything, access.hidden) if access.hidden else everything


@lru_cache(maxsize=64)
def _shown(everything: SearchParameters, hidden: Hidden) -> SearchParameters:
    return Shown(everything, hidden)


def tells(param: SearchParam, hidden: tuple[str, ...]) -> bool:
    """Whether a value of the parameter comes from a hidden element, or from around one.

    Where the values of a site's own parameter come from cannot be told if FHIRPath finds them.
    """
    if not hidden:
        return False
    if param.code in _WHOLE or (param.custom and not param.paths):
        return True
    return any(_meet(path, one) for path in _paths(param) for one in hidden)


def _paths(param: SearchParam) -> list[tuple[str, ...]]:
    paths = [*param.paths, *(path for part in param.components for path in part.paths)]
    found = [tuple(s.name for s in parse_branch(path).steps if s.name != "%") for path in paths]
    if param.components:
        # A component's path begins at each value of the composite's own.
        bases = [tuple(s.name for s in parse_branch(path).steps) for path in param.paths]
        found += [(*base, *rest) for base in bases for rest in found if base]
    if any(path.endswith("deceased()") for path in param.paths):
        found += [("deceasedBoolean",), ("deceasedDateTime",)]
    return [path for path in found if path]


def _meet(path: tuple[str, ...], hidden: str) -> bool:
    other = tuple(hidden.split("."))
    shorter = min(len(path), len(other))
    return path[:shorter] == other[:shorter]
