"""The operations there are: name, level, types and the function that runs each.

https://hl7.org/fhir/R4/operations.html; https://hl7.org/fhir/R4/operationdefinition.html
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from typing import Any, Literal

import msgspec

from xinglin.cdr.access import Access
from xinglin.kernel.errors import Issue, NotAllowed, NotFound

from .parameters import Parameters

# Before the names of operations that no standard defines.
OWN_DEFINITION = "https://xinglin.example/fhir/OperationDefinition/"
Level = Literal["system", "type", "instance"]


class Call(msgspec.Struct, frozen=True):
    """One invocation. ``resource`` is a body that is not a Parameters resource, where one came."""

    access: Access
    name: str
    level: Level
    type: str
    id: str
    parameters: Parameters
    resource: dict[str, Any] | None
    base: str
    lang: Literal["en", "zh"] = "en"
    strict: bool = False
    asynchronous: bool = False
    url: str = ""  # as requested, query included


class Reply(msgspec.Struct, frozen=True):
    """A resource as a dict, as JSON bytes, or as a stream of JSON bytes; or nothing (202).

    ``patients``: rids of those whose data it is, for the audit.
    """

    body: dict[str, Any] | bytes | AsyncIterator[bytes] = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    patients: tuple[int, ...] = ()


Handler = Callable[[Call], Awaitable[Reply]]


class Operation(msgspec.Struct, frozen=True):
    """One operation. ``types`` empty: any type. ``changes``: it may not be called by GET."""

    name: str
    levels: frozenset[Level]
    types: frozenset[str]
    handler: Handler
    changes: bool = False
    definition: str = ""

    def serves(self, level: Level, type_: str) -> bool:
        """Whether it may be called here."""
        return level in self.levels and (level == "system" or not self.types or type_ in self.types)


class Registry:
    """Filled by the composition of the application, read by the endpoint and the capabilities."""

    def __init__(self) -> None:
        self._operations: dict[str, list[Operation]] = {}

    def register(
        self,
        name: str,
        levels: Iterable[Level],
        types: Iterable[str],
        handler: Handler,
        *,
        changes: bool = False,
        definition: str = "",
    ) -> None:
        """Make ``$name`` callable; the same name may be registered for other levels or types."""
        operation = Operation(
            name, frozenset(levels), frozenset(types), handler, changes, definition
        )
        self._operations.setdefault(name, []).append(operation)

    def __iter__(self) -> Iterator[Operation]:
        for operations in self._operations.values():
            yield from operations

    def find(self, name: str, level: Level, type_: str, method: str) -> Operation:
        """The operation at a place; raises NotFound or NotAllowed."""
        for operation in self._operations.get(name, ()):
            if operation.serves(level, type_):
                if operation.changes and method != "POST":
                    raise NotAllowed(
                        Issue(
                            "not-supported",
                            f"${name} changes data: call it by POST",
                            f"${name} 会改动数据：请用 POST 调用",
                        ),
                        headers={"Allow": "POST, OPTIONS"},
                    )
                return operation
        where = f"{type_} ({level})" if type_ else level
        raise NotFound(
            Issue(
                "not-supported",
                f"No operation ${name} at {where}; /metadata lists those there are",
                f"{where} 没有操作 ${name}；现有操作见 /metadata",
            )
        )
