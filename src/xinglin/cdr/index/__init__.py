"""Index rows: what a search can find a resource by.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html.
"""

from xinglin.cdr.index.dates import Dates
from xinglin.cdr.index.indexer import Indexer
from xinglin.cdr.index.keys import COMPARTMENT_PATIENT, HOME, PARAM_SHIFT, RID_MASK, TYPE, KeySpace
from xinglin.cdr.index.references import local_references
from xinglin.cdr.index.rows import Coding, Rows

__all__ = [
    "COMPARTMENT_PATIENT",
    "HOME",
    "PARAM_SHIFT",
    "RID_MASK",
    "TYPE",
    "Coding",
    "Dates",
    "Indexer",
    "KeySpace",
    "Rows",
    "local_references",
]
