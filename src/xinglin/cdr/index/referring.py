"""What one reference adds to the rows: its keys, the compartment, the patient of a date.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html#reference, compartmentdefinition-patient.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from xinglin.cdr.index.keys import PARAM_SHIFT, KeySpace
from xinglin.cdr.index.references import local, unversioned

if TYPE_CHECKING:
    from xinglin.cdr.index.handlers import Handler, Maker, Out


@dataclass(slots=True)
class References:
    """What is to be done with the references at one place."""

    own: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    bits: dict[str, int] = field(default_factory=dict[str, int])
    compartment: bool = False
    who: int = 0


def refer(maker: Maker, spec: References) -> Handler:
    """The handler of the references at one place, for all parameters that look there."""
    keys, bases = maker.keys, maker.bases
    own = tuple(spec.own)
    always, by_type = spec.bits.get("", 0), {t: b for t, b in spec.bits.items() if t}
    compartment, who = spec.compartment, spec.who

    def elsewhere(text: str, out: Out) -> None:
        text = unversioned(text)
        type_ = text.split("/")[-2] if "/" in text else ""
        out.bits |= by_type.get(type_, 0)
        for param, only in own:
            if not only or only == type_:
                out.key.add(keys.url(param, text))

    def logical(identifier: dict[str, Any], out: Out) -> None:
        value = identifier.get("value")
        if value is None:
            return
        for param, _ in own:
            out.key.add(keys.ref_identifier_any(param, value))
            out.key.add(keys.ref_identifier(param, identifier.get("system"), value))

    def handle(value: Any, out: Out) -> None:
        out.bits |= always
        if "identifier" in value:
            logical(value["identifier"], out)
        text = value.get("reference")
        if not text or text[0] == "#":
            out.bits |= by_type.get(_inner_type(value, out.resource), 0)
            return
        name = local(text, bases)
        if name is None:
            elsewhere(text, out)
            return
        rid, type_ = out.resolve(name), name[0]
        for param, only in own:
            if not only or only == type_:
                k = param << PARAM_SHIFT | rid
                out.key.add(k)
                out.refs.add(k)
        if by_type:
            out.bits |= by_type.get(type_, 0)
        if type_ == "Patient":
            if compartment:
                out.key.add(KeySpace.patient(rid))
            if who:
                out.who.add(who << PARAM_SHIFT | rid)

    return handle


def _inner_type(reference: dict[str, Any], resource: dict[str, Any]) -> str:
    """Type of a contained resource that is referred to, or the type that is said."""
    wanted = reference.get("reference", "#")[1:]
    for inner in resource.get("contained", ()):
        if inner.get("id") == wanted:
            return inner["resourceType"]
    return reference.get("type", "")
