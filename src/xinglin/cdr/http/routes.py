"""Addresses: from a path to a place, from a place and a method to an interaction.

https://hl7.org/fhir/R4/http.html; https://hl7.org/fhir/R4/operations.html#executing
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from xinglin.kernel.errors import Issue, Malformed, NotAllowed, NotFound

if TYPE_CHECKING:
    from collections.abc import Container

ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_OPERATION = re.compile(r"\$[A-Za-z][A-Za-z0-9-]*")


class Place(NamedTuple):
    """Where a request goes. ``name`` is an operation, a version or the other type."""

    kind: str
    type: str = ""
    id: str = ""
    name: str = ""


# What each place does under each method; HEAD goes wherever GET goes.
INTERACTIONS: dict[str, dict[str, str]] = {
    "system": {"GET": "search_system", "POST": "bundle"},
    "metadata": {"GET": "capabilities"},
    "system_search": {"POST": "search_system"},
    "system_history": {"GET": "history_system"},
    "system_operation": {"GET": "operation", "POST": "operation"},
    "type": {
        "GET": "search_type",
        "POST": "create",
        "PUT": "update_conditional",
        "PATCH": "patch_conditional",
        "DELETE": "delete_conditional",
    },
    "type_search": {"POST": "search_type"},
    "type_history": {"GET": "history_type"},
    "type_operation": {"GET": "operation", "POST": "operation"},
    "instance": {
        "GET": "read",
        "PUT": "update",
        "PATCH": "patch",
        "DELETE": "delete",
    },
    "instance_history": {"GET": "history_instance"},
    "version": {"GET": "vread"},
    "instance_operation": {"GET": "operation", "POST": "operation"},
    "compartment": {"GET": "search_compartment"},
    "compartment_search": {"POST": "search_compartment"},
    "job": {"GET": "job_status", "DELETE": "job_delete"},
    "job_file": {"GET": "job_file"},
}


def _unknown(path: str) -> NotFound:
    return NotFound(
        Issue(
            "not-found",
            f'No FHIR address "{path}"; see /metadata for the types and operations there are',
            f"没有这个 FHIR 地址“{path}”；现有类型与操作见 /metadata",
        )
    )


def checked_id(text: str) -> str:
    """A resource id of the R4 form; raises Malformed."""
    if not ID.fullmatch(text):
        raise Malformed(
            Issue(
                "value",
                f'"{text[:80]}" is no id: 1 to 64 letters, digits, "-" and "."',
                f"“{text[:80]}”不是有效的 id：应为 1 至 64 个字母、数字、“-”和“.”",
                ("Resource.id",),
            )
        )
    return text


def _system(parts: list[str]) -> Place | None:
    match parts:
        case [] | [""]:
            return Place("system")
        case ["metadata"]:
            return Place("metadata")
        case ["_history"]:
            return Place("system_history")
        case ["_search"]:
            return Place("system_search")
        case ["_async", job]:
            return Place("job", name=checked_id(job))
        case ["_async", job, file]:
            return Place("job_file", id=checked_id(job), name=checked_id(file))
        case [operation] if _OPERATION.fullmatch(operation):
            return Place("system_operation", name=operation[1:])
        case _:
            return None


def _type(parts: list[str]) -> Place | None:
    match parts:
        case [type_]:
            return Place("type", type_)
        case [type_, "_search"]:
            return Place("type_search", type_)
        case [type_, "_history"]:
            return Place("type_history", type_)
        case [type_, operation] if _OPERATION.fullmatch(operation):
            return Place("type_operation", type_, name=operation[1:])
        case _:
            return None


def _instance(parts: list[str], types: Container[str]) -> Place | None:
    type_, id_ = parts[0], checked_id(parts[1])
    match parts[2:]:
        case []:
            return Place("instance", type_, id_)
        case ["_history"]:
            return Place("instance_history", type_, id_)
        case ["_history", version]:
            return Place("version", type_, id_, version)
        case [operation] if _OPERATION.fullmatch(operation):
            return Place("instance_operation", type_, id_, operation[1:])
        case [other] if other == "*" or other in types:
            return Place("compartment", type_, id_, other)
        case [other, "_search"] if other == "*" or other in types:
            return Place("compartment_search", type_, id_, other)
        case _:
            return None


def place_of(path: str, types: Container[str]) -> Place:
    """The place that a decoded path (without the base) names; raises NotFound or Malformed."""
    parts = path.strip("/").split("/")
    if parts[0] not in types:
        found = _system(parts)
    else:
        found = _type(parts) or (_instance(parts, types) if len(parts) > 1 else None)
    if found is None:
        raise _unknown(path)
    return found


def interaction(place: Place, method: str) -> str:
    """The interaction of a method at a place; raises NotAllowed with what is allowed."""
    table = INTERACTIONS[place.kind]
    found = table.get("GET" if method == "HEAD" else method)
    if found is None:
        allowed = ", ".join(allowed_methods(place))
        raise NotAllowed(
            Issue(
                "not-supported",
                f"{method[:20]} is not possible here; this address takes {allowed}",
                f"此地址不支持 {method[:20]}；可用：{allowed}",
            ),
            headers={"Allow": allowed},
        )
    return found


def allowed_methods(place: Place) -> list[str]:
    """The methods of a place, for ``Allow``."""
    table = INTERACTIONS[place.kind]
    return [*table, *(["HEAD"] if "GET" in table else []), "OPTIONS"]
