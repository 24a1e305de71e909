"""The functions of FHIRPath; importing this fills the table.

FHIRPath N1 (2.0.0) §5 and FHIR R4 §2.1.10.2.
"""

from xinglin.fhir.path.functions import (
    boundary,
    conversion,
    existence,
    fhir,
    filtering,
    maths,
    strings,
    tree,
)

__all__ = [
    "boundary",
    "conversion",
    "existence",
    "fhir",
    "filtering",
    "maths",
    "strings",
    "tree",
]
