"""Code systems, value sets and concept maps.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/terminology-service.html.
"""

from . import replies
from .loader import KINDS, Kind, LoadReport, load, loaded
from .model import CodeSystem
from .projection import TYPES, project
from .service import Terminology

__all__ = [
    "KINDS",
    "TYPES",
    "CodeSystem",
    "Kind",
    "LoadReport",
    "Terminology",
    "load",
    "loaded",
    "project",
    "replies",
]
