"""Compartment search: what belongs to a patient, an encounter, a practitioner, a device.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/compartmentdefinition.html.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec

from xinglin.cdr.index import COMPARTMENT_PATIENT
from xinglin.cdr.search import ir
from xinglin.cdr.search.values import refuse

if TYPE_CHECKING:
    from .builder import Builder


@cache
def _table() -> dict[str, dict[str, tuple[str, ...]]]:
    """Compartment -> type -> parameters, from the definitions (tools/compile_compartments.py)."""
    raw = files("xinglin.cdr.search.build").joinpath("compartments.json").read_bytes()
    return msgspec.json.decode(raw, type=dict[str, dict[str, tuple[str, ...]]])


def inside(builder: Builder, type_: str, compartment: str, id_: str) -> ir.Node:
    """Is in the compartment: of a Patient whatever type it has, of others by the type."""
    if compartment == "Patient":
        return ir.Refers((COMPARTMENT_PATIENT,), (("Patient", id_),), typed=False)
    if compartment not in _table():
        raise refuse(
            compartment,
            f"{compartment} has no compartment; use Patient, {', '.join(_table())}.",
            f"{compartment} 没有隔间；可用 Patient、{'、'.join(_table())}。",
            "not-supported",
        )
    found: list[ir.Node] = []
    if type_ == compartment:
        self_ = ir.Ids(builder.registry.type_number(type_), (id_,))
        found.append(ir.both(self_, builder.type_node(type_)))
    for code in _table()[compartment].get(type_, ()):
        param = builder.registry.get(type_, code)
        if param is not None:
            found.append(ir.Refers(param.sources, ((compartment, id_),)))
    return ir.either(*found)
