"""Search: from the parameters of a URL to the bytes of a searchset Bundle.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html; explained in docs/explanation/cdr.md.

One `Engine` a process: ``await engine.search(db, access, SearchRequest("Patient", pairs(query)))``.
``ir`` and ``memory`` are the language that an Access is written in.
"""

from .build import Terminology
from .engine import Engine
from .request import SearchRequest, pairs
from .results import SearchResult
from .shortening import shorten

__all__ = ["Engine", "SearchRequest", "SearchResult", "Terminology", "pairs", "shorten"]
