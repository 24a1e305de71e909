"""References: which resource of this repository, or which address elsewhere, one means.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/references.html#literal.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from xinglin.fhir.search import search_parameters

_ID: Final = re.compile(r"[A-Za-z0-9.\-]{1,64}", re.ASCII)
_TYPES: Final = frozenset(search_parameters().types)
# Their entries are resources of their own, which refer to each other inside.
CLOSED: Final = frozenset(("Bundle", "Parameters"))

Name = tuple[str, str]
"""(type, id) of a resource of this repository."""


@lru_cache(maxsize=1 << 14)
def local(text: str, bases: tuple[str, ...] = ()) -> Name | None:
    """(type, id) of a reference to this repository, with or without a version; None for others.

    ``bases`` are the own addresses, without a slash at the end.
    """
    parts = text.split("/")
    if len(parts) == 2 or (len(parts) == 4 and parts[2] == "_history"):
        if parts[0] in _TYPES and _ID.fullmatch(parts[1]):
            return parts[0], parts[1]
        return None
    for base in bases:
        if text.startswith(base) and text[len(base) : len(base) + 1] == "/":
            return local(text[len(base) + 1 :])
    return None


def unversioned(text: str) -> str:
    """An absolute reference without its version."""
    return text.partition("/_history/")[0]


def local_references(resource: dict[str, Any], bases: tuple[str, ...] = ()) -> set[Name]:
    """All resources of this repository that a resource refers to (not from inside ``contained``).

    The caller numbers them before it extracts.
    """
    found: set[Name] = set()
    if resource.get("resourceType") in CLOSED:
        inner = first_entry(resource)
        if inner is not None:
            found.add(inner)
        return found
    stack: list[dict[str, Any]] = [resource]
    while stack:
        for name, value in stack.pop().items():
            kind = type(value)
            if kind is dict:
                stack.append(value)
            elif kind is list:
                if name != "contained":
                    stack.extend(one for one in value if type(one) is dict)
            elif name == "reference" and kind is str:
                target = local(value, bases)
                if target is not None:
                    found.add(target)
    return found


def first_entry(bundle: dict[str, Any]) -> Name | None:
    """The document or message header that a Bundle begins with, as the resource it is."""
    entries = bundle.get("entry") or [{}]
    inner = entries[0].get("resource") or {}
    return local(f"{inner.get('resourceType')}/{inner.get('id')}")
