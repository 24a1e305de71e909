"""Break-glass: one patient, a reason, a limited time; announced at once, reviewed afterwards.

docs/adr/0013-policy.md; IHE and ISO 27799 speak of emergency access; v3-ActReason BTG, ETREAT.
"""

from .operations import BreakGlass

__all__ = ["BreakGlass"]
