"""From parsed criteria to nodes over index rows, one module for each search type.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html#ptypes.
"""

from .builder import Builder, Terminology

__all__ = ["Builder", "Terminology"]
