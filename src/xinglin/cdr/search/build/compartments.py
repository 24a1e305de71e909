"""Compartment search: what belongs to a patient, an encounter, a practitioner, a device.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/compartmentdefinition.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xinglin.cdr.index import COMPARTMENT_PATIENT
from xinglin.cdr.search import ir
from xinglin.cdr.search.values import refuse

if TYPE_CHECKING:
    from .builder import Builder

OTHERS = ("Encounter", "Practitioner", "RelatedPerson", "Device")


def inside(builder: Builder, type_: str, compartment: str, id_: str) -> ir.Node:
    """Is in the compartment: of a Patient whatever type it has, of others by the type."""
    if compartment == "Patient":
        return ir.Refers((COMPARTMENT_PATIENT,), (("Patient", id_),), typed=False)
    if compartment not in OTHERS:
        raise refuse(
            compartment,
            f"{compartment} has no compartment; use Patient, {', '.join(OTHERS)}.",
            f"{compartment} 没有隔间；可用 Patient、{'、'.join(OTHERS)}。",
            "not-supported",
        )
    found: list[ir.Node] = []
    if type_ == compartment:
        found.append(
            ir.both(ir.Ids(builder.registry.type_number(type_), (id_,)), builder.type_node(type_))
        )
    found += [
        ir.Refers(param.sources, ((compartment, id_),))
        for param in builder.registry.for_type(type_).values()
        if param.kind == "reference" and compartment in (param.only or param.targets)
    ]
    return ir.either(*found)
