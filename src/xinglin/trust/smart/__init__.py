"""Programs that act for people or by themselves: OAuth 2.0, OpenID Connect, SMART App Launch 2.x.

docs/adr/0009-sign-in.md; docs/howto/connect-a-provider.md.
"""

from .clients import Client, Kind
from .keys import Keys
from .register import Register
from .service import Smart

__all__ = ["Client", "Keys", "Kind", "Register", "Smart"]
