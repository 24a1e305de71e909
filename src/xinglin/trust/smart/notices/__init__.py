"""Back-channel logout: programs hear that a session is over.

OpenID Connect Back-Channel Logout 1.0.
"""

from .logout import Logout

__all__ = ["Logout"]
