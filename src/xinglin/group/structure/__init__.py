"""The structure of the group over time, and what its staff may do.

docs/howto/change-the-structure.md; HL7 FHIR R4: organization.html, location.html, practitioner.html
"""

from .operations import Structuring

__all__ = ["Structuring"]
