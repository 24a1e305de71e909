"""Taking the lines of a piece in: some hundred a transaction, bad ones aside.

Design notes, "The change feed": bulk transactions stay under 5 s.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec

from xinglin.cdr.interactions import hidden, image
from xinglin.cdr.interactions.put_many import put_many
from xinglin.fhir import json
from xinglin.fhir.outcome import operation_outcome
from xinglin.kernel.errors import Issue, Malformed, Refusal
from xinglin.kernel.ids import uuid7

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from xinglin.cdr.access import Access
    from xinglin.cdr.context import Context

    from .pieces import Piece

TOGETHER = 250  # resources in one transaction


class Taken(msgspec.Struct, frozen=True):
    """What became of a piece."""

    done: int
    refused: int


class Intake:
    """Writes pieces for one access."""

    def __init__(self, context: Context, access: Access) -> None:
        self._context = context
        self._access = access

    async def take(self, piece: Piece, report: Path) -> Taken:
        """Take a piece in; what is refused goes to the report, one OperationOutcome a line."""
        done = refused = 0
        with report.open("wb") as out:
            batch: dict[tuple[str, str], dict[str, Any]] = {}
            for line in piece.lines():
                resource = self._read(line, out)
                if resource is None:
                    refused += bool(line.strip())
                    continue
                name = (resource["resourceType"], resource["id"])
                if name in batch or len(batch) >= TOGETHER:
                    fine = await self._write(batch, out)
                    done, refused = done + fine, refused + len(batch) - fine
                    batch = {}
                batch[name] = resource
            fine = await self._write(batch, out)
        return Taken(done + fine, refused + len(batch) - fine)

    @staticmethod
    def _read(line: bytes, out: BinaryIO) -> dict[str, Any] | None:
        if not line.strip():
            return None
        try:
            resource = json.decode(line)
            type_ = resource.get("resourceType")
            if not isinstance(type_, str):
                raise _no_type()
            resource.setdefault("id", uuid7())
            image.check_type(type_)
            image.check_id(resource["id"])
            image.check(resource, type_)
            hidden.refuse_subsetted(resource)
        except Refusal as refusal:
            _report(out, refusal, line)
            return None
        return resource

    async def _write(self, batch: dict[tuple[str, str], dict[str, Any]], out: BinaryIO) -> int:
        """How many got in."""
        resources = list(batch.values())
        if not resources:
            return 0
        try:
            await put_many(self._context, self._access, resources)
        except Refusal as refusal:
            if refusal.status >= 500 or len(resources) == 1:
                if refusal.status >= 500:
                    raise
                _report(out, refusal, json.encode(resources[0]))
                return 0
            # One that a rule refuses must not keep the others out.
            return sum([await self._write({name: one}, out) for name, one in batch.items()])
        await asyncio.sleep(0)
        return len(resources)


def _report(out: BinaryIO, refusal: Refusal, line: bytes) -> None:
    outcome = operation_outcome(refusal.issues)
    outcome["text"] = {"status": "generated", "div": _div(line)}
    out.write(json.encode(outcome) + b"\n")


def _div(line: bytes) -> str:
    """Which line it was: type and id, nothing else of it."""
    try:
        found = msgspec.json.decode(line, type=dict[str, Any])
    except msgspec.DecodeError:
        found = {}
    name = f"{found.get('resourceType', '?')}/{found.get('id', '?')}"[:100]
    safe = name.replace("&", "&amp;").replace("<", "&lt;")
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{safe}</div>'


def _no_type() -> Malformed:
    return Malformed(Issue("structure", "The line has no resourceType", "该行缺少 resourceType"))
