"""Sign-in: accounts, positions, sessions, tokens, and from a request to a grant.

docs/adr/0009-sign-in.md; OpenID Connect Core 1.0; NIST SP 800-63B.
"""

from .administration.administrator import GROUP
from .administration.room import administrator
from .authorise import Authoriser
from .clerk import Clerk
from .desk import STEP_UP, Desk
from .events import Audit, Event, log
from .local_tokens import MINUTES, issue
from .model import Account
from .passwords import Hasher
from .service import Identity

__all__ = [
    "GROUP",
    "MINUTES",
    "STEP_UP",
    "Account",
    "Audit",
    "Authoriser",
    "Clerk",
    "Desk",
    "Event",
    "Hasher",
    "Identity",
    "administrator",
    "issue",
    "log",
]
