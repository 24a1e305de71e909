"""PATCH: JSON Patch and FHIRPath Patch on resources as plain dicts.

RFC 6902; FHIR R4 §3.1.0.6 patch and §2.3.10 FHIRPath Patch.
"""

from xinglin.fhir.patch.fhirpath_patch import fhirpath_patch
from xinglin.fhir.patch.json_patch import json_patch

__all__ = ["fhirpath_patch", "json_patch"]
