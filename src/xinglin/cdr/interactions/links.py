"""References inside a transaction: to other entries, and by criteria.

https://hl7.org/fhir/R4/http.html#trules: references, uris, and addresses in narrative that equal
the fullUrl of an entry are replaced by where that entry is written to.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

# Elements of type string or code that may look like a link but are none.
_NO_LINKS = frozenset(("value", "valueString", "valueCode", "valueMarkdown", "valueId", "id"))
_IN_NARRATIVE = re.compile(r'((?:href|src)=")([^"]+)(")')
_RELATIVE = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}")
_BASE = re.compile(r"(https?://.+/)[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}")


class Site(NamedTuple):
    """A place in a resource that holds a link: ``holder[key]`` was ``text``."""

    holder: Any
    key: Any
    text: str


def find(resource: dict[str, Any]) -> list[Site]:
    """Every place that may hold a link: references, and urns wherever they stand."""
    found: list[Site] = []
    stack: list[dict[str, Any]] = [resource]
    while stack:
        node = stack.pop()
        for key, value in node.items():
            kind = type(value)
            if kind is str:
                if key == "reference":
                    if not value.startswith("#"):
                        found.append(Site(node, key, value))
                elif (value.startswith("urn:") and key not in _NO_LINKS) or (
                    key == "div" and "urn:" in value
                ):
                    found.append(Site(node, key, value))
            elif kind is dict:
                stack.append(value)
            elif kind is list:
                for place, item in enumerate(value):
                    if type(item) is dict:
                        stack.append(item)
                    elif type(item) is str and item.startswith("urn:"):
                        found.append(Site(value, place, item))
    return found


def base_of(full_url: str) -> str:
    """What relative references of an entry are relative to; "" where its fullUrl is a urn."""
    match = _BASE.fullmatch(full_url)
    return match[1] if match else ""


def absolute(text: str, base: str) -> str:
    """The fullUrl that a reference in an entry with this base means."""
    return base + text if base and _RELATIVE.fullmatch(text) else text


def narrative(text: str, link: Callable[[str], str | None]) -> str:
    """A narrative with its addresses replaced where ``link`` knows better."""
    return _IN_NARRATIVE.sub(lambda m: m[1] + (link(m[2]) or m[2]) + m[3], text)
