"""Search parameters: what can be asked of each type, and where in a resource the answer lies.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/searchparameter-registry.html.
"""

from xinglin.fhir.search.parameters import (
    ID,
    LAST_UPDATED,
    Component,
    SearchParam,
    SearchParameters,
    search_parameters,
)
from xinglin.fhir.search.paths import Branch, Step, Unsupported, compile_expression, parse_branch

__all__ = [
    "ID",
    "LAST_UPDATED",
    "Branch",
    "Component",
    "SearchParam",
    "SearchParameters",
    "Step",
    "Unsupported",
    "compile_expression",
    "parse_branch",
    "search_parameters",
]
