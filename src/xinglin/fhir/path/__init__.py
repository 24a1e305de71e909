"""FHIRPath: expressions compiled to closures and evaluated on resources as plain dicts.

FHIRPath N1 (2.0.0), http://hl7.org/fhirpath/N1/, with the functions of FHIR R4 §2.1.10.
"""

from xinglin.fhir.path.environment import Conforms, Resolver, Terminology
from xinglin.fhir.path.errors import (
    PathError,
    PathLimitError,
    PathSemanticError,
    PathSyntaxError,
)
from xinglin.fhir.path.expression import Expression, compile  # noqa: A004 (the name callers know)
from xinglin.fhir.path.node import Node

__all__ = [
    "Conforms",
    "Expression",
    "Node",
    "PathError",
    "PathLimitError",
    "PathSemanticError",
    "PathSyntaxError",
    "Resolver",
    "Terminology",
    "compile",
]
