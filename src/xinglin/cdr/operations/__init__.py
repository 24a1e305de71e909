"""Operations: what FHIR calls beyond the RESTful interactions.

https://hl7.org/fhir/R4/operations.html
"""

from .parameters import Parameter, Parameters
from .registry import OWN_DEFINITION, Call, Level, Operation, Registry, Reply

__all__ = [
    "OWN_DEFINITION",
    "Call",
    "Level",
    "Operation",
    "Parameter",
    "Parameters",
    "Registry",
    "Reply",
]
