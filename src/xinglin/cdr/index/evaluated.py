"""Custom parameters whose expression needs the whole FHIRPath engine.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/searchparameter.html; FHIRPath N1.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from xinglin.cdr.index.references import local, unversioned
from xinglin.cdr.index.referring import References, refer
from xinglin.fhir import path
from xinglin.fhir.path.node import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from xinglin.cdr.index.handlers import Handler, Maker, Out
    from xinglin.fhir.search import SearchParam

_DATES = frozenset(("date", "dateTime", "instant", "Period", "Timing"))


def evaluated(maker: Maker, param: SearchParam) -> Callable[[dict[str, Any], Out], None]:
    """Evaluate, then handle each result by its type; an error at run time gives no rows."""
    expression = path.compile(param.expression)
    handlers: dict[str, Handler | None] = {}
    bit = 1 << param.bit if param.bit >= 0 else 0

    def run(resource: dict[str, Any], out: Out) -> None:
        try:
            items = expression.items(resource, resolver=_stub)
        except path.PathError:
            return
        for item in items:
            type_, value = _typed(item)
            if value is None:
                continue
            if type_ not in handlers:
                handlers[type_] = _handler(maker, param, type_)
            handle = handlers[type_]
            if handle is not None:
                handle(value, out)
                out.bits |= bit

    return run


def _typed(item: Any) -> tuple[str, Any]:
    if isinstance(item, path.Node):
        return item.type.name, item.value
    value = plain(item)
    if isinstance(item, bool):
        return "boolean", value
    if isinstance(item, str):
        return "string", value
    if isinstance(item, int | Decimal):
        return "decimal", value
    return ("Quantity" if isinstance(value, dict) else "dateTime"), value


def _handler(maker: Maker, param: SearchParam, type_: str) -> Handler | None:
    if type_ == "Reference":
        return refer(maker, References(own=[(param.id, "")]))
    if param.kind == "date" and type_ in _DATES:
        return maker.date((param.id,), type_, clinical=False)
    return maker.make(param.id, param.kind, type_)


def _stub(reference: str) -> dict[str, Any] | None:
    """A resource of the type that is referred to: all that ``resolve() is T`` wants to know."""
    name = local(reference)
    if name is not None:
        return {"resourceType": name[0], "id": name[1]}
    parts = unversioned(reference).split("/")
    return {"resourceType": parts[-2], "id": parts[-1]} if len(parts) > 1 else None
