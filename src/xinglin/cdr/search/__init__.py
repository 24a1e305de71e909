"""Search: from the parameters of a URL to the bytes of a searchset Bundle.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html; explained in docs/explanation/cdr.md.

``ir`` and ``memory`` are imported by ``cdr.access``; ``Engine`` is what the interactions use.
"""

from .request import SearchRequest, pairs

__all__ = ["SearchRequest", "pairs"]
