"""A synthetic hospital group with patients whose histories hang together.

No clause: invented data in HL7 FHIR R4, https://hl7.org/fhir/R4/. Same seed, same bytes.
"""

from . import accounts, files, group
from .inside import Inside
from .loader import Progress, Target, load
from .world import World

__all__ = ["Inside", "Progress", "Target", "World", "accounts", "files", "group", "load"]
