"""Sign-in at the hospital's own OpenID Connect provider.

OpenID Connect Core 1.0; docs/howto/connect-a-provider.md.
"""

from .remote import Remote
from .room import Relying

__all__ = ["Relying", "Remote"]
