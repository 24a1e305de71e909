"""What an export was asked for, read from the parameters of the kick-off request.

https://hl7.org/fhir/uv/bulkdata/STU2/export.html#query-parameters
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote

import msgspec

from xinglin.cdr.operations import instants
from xinglin.fhir import definitions
from xinglin.kernel.errors import Issue, Malformed

if TYPE_CHECKING:
    from xinglin.cdr.operations import Call

_FORMATS = ("application/fhir+ndjson", "application/ndjson", "ndjson")
_KNOWN = ("_outputFormat", "_since", "_type", "_typeFilter", "_elements", "patient")
Scope = Literal["system", "patients"]


class ExportRequest(msgspec.Struct, frozen=True):
    """One export.

    ``patients`` are ids: of those asked for, or of the members of the group.
    ``filters`` are (type, criteria); several of one type add up.
    ``limited``: by an Access, which is known to the process that was asked alone.
    """

    url: str
    base: str
    scope: Scope
    types: tuple[str, ...] = ()
    since: datetime | None = None
    patients: tuple[str, ...] | None = None
    elements: tuple[str, ...] = ()
    filters: tuple[tuple[str, str], ...] = ()
    limited: bool = False

    @property
    def filtered(self) -> tuple[str, ...]:
        """The types that have a filter."""
        return tuple(dict.fromkeys(type_ for type_, _ in self.filters))


def read(call: Call, members: tuple[str, ...] | None) -> ExportRequest:
    """The request of a call; ``members`` are the patients of its group. Raises Malformed."""
    given = call.parameters
    format_ = given.text("_outputFormat")
    if format_ is not None and format_.replace(" ", "+") not in _FORMATS:
        raise _bad("_outputFormat", f"takes {_FORMATS[0]}", f"只能是 {_FORMATS[0]}")
    if call.strict:
        for item in given.items:
            if item.name not in _KNOWN:
                raise _bad(item.name, "is not known here", "此处不支持")
    types = tuple(dict.fromkeys(given.texts("_type")))
    for type_ in types:
        if not definitions.is_resource_type(type_):
            raise _bad("_type", f'has no type "{type_}"', f"没有类型“{type_}”")
    return ExportRequest(
        url=call.url,
        base=call.base,
        scope="system" if call.level == "system" else "patients",
        limited=not call.access.total,
        types=types,
        since=instants.instant(given.text("_since"), "_since"),
        patients=_patients(call) or members,
        elements=tuple(given.texts("_elements")),
        filters=tuple(
            _filter(one, types) for text in given.all("_typeFilter") for one in str(text).split(",")
        ),
    )


def _filter(text: str, types: tuple[str, ...]) -> tuple[str, str]:
    """``Observation?status=final`` as type and criteria."""
    type_, mark, query = unquote(text).partition("?")
    if not mark or not definitions.is_resource_type(type_) or (types and type_ not in types):
        raise _bad(
            "_typeFilter",
            f'takes searches of the exported types; "{text[:80]}" is none',
            f"应为对所导出类型的检索；“{text[:80]}”不是",
        )
    return type_, query


def _patients(call: Call) -> tuple[str, ...] | None:
    found: list[str] = []
    for value in call.parameters.all("patient"):
        reference = value.get("reference") if isinstance(value, dict) else value
        if not isinstance(reference, str) or not reference.startswith("Patient/"):
            raise _bad("patient", "takes references to a Patient", "应为对 Patient 的引用")
        found.append(reference.removeprefix("Patient/"))
    return tuple(found) or None


def _bad(name: str, en: str, zh: str) -> Malformed:
    return Malformed(
        Issue(
            "value",
            f"Parameter {name} {en}",
            f"参数 {name} {zh}",
            (f"Parameters.parameter.where(name='{name}')",),
        )
    )
