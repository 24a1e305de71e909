"""Programs that act for people or by themselves: OAuth 2.0, OpenID Connect, SMART App Launch 2.x.

docs/adr/0009-sign-in.md; docs/howto/connect-a-provider.md.
"""

from .clients import Client
from .keys import Keys
from .service import Smart

__all__ = ["Client", "Keys", "Smart"]
