"""How often one may try: slower with each failure, counted where the failures come from.

OWASP Authentication Cheat Sheet; NIST SP 800-63B section 3.2.2; docs/adr/0009-sign-in.md.
"""

from .limiter import Limiter, Source

__all__ = ["Limiter", "Source"]
