"""Stewardship of the group's master data: proposed, reviewed by another, published, retired.

docs/adr/0015-stewardship.md; docs/howto/look-after-a-catalogue.md.
"""

from .operations import Stewardship
from .publisher import Publisher

__all__ = ["Publisher", "Stewardship"]
