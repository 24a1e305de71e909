"""The HTTP edge of the FHIR API: addresses, headers, bodies, errors.

https://hl7.org/fhir/R4/http.html
"""

from .endpoint import Endpoint, Handler
from .handlers import Handlers
from .jobs import JobHandlers
from .message import Receive, Request, Response, Scope, Send
from .operating import Operating
from .routes import Place
from .searching import Searching

__all__ = [
    "Endpoint",
    "Handler",
    "Handlers",
    "JobHandlers",
    "Operating",
    "Place",
    "Receive",
    "Request",
    "Response",
    "Scope",
    "Searching",
    "Send",
]
