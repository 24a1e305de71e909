"""Bulk Data Access: exports and imports that run beside the requests and outlive a restart.

https://hl7.org/fhir/uv/bulkdata/STU2/
"""

from .export import Exports
from .imports import Imports
from .jobs import Jobs

__all__ = ["Exports", "Imports", "Jobs"]
