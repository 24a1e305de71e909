"""Sign-in: accounts, positions, sessions, tokens, and from a request to a grant.

docs/adr/0009-sign-in.md; OpenID Connect Core 1.0; NIST SP 800-63B.
"""

from .alone import OPERATOR, OperatorAlone
from .authorise import Authoriser
from .local_tokens import MINUTES, issue

__all__ = [
    "MINUTES",
    "OPERATOR",
    "Authoriser",
    "OperatorAlone",
    "issue",
]
