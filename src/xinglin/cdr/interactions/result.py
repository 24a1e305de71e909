"""What an interaction gives back: enough for the status line, the headers and the body.

https://hl7.org/fhir/R4/http.html#3.1.0.1
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from xinglin.kernel.errors import Issue

Return = Literal["minimal", "representation", "OperationOutcome"]


class Result(msgspec.Struct, frozen=True):
    """The outcome of one interaction on one resource, or of one that answers with a Bundle.

    ``version`` 0 and ``modified`` None: the answer is not one version of a resource (a Bundle).
    ``location`` is relative to the base (``Patient/1/_history/2``), set where something was
    written. ``body`` is the JSON of the resource as stored, whatever ``Prefer`` says; empty after
    a deletion. ``patients``: rids of those whose data it is.
    ``issues`` are notes that go out with ``return=OperationOutcome``.
    """

    status: int
    type: str = ""
    id: str = ""
    version: int = 0
    modified: datetime | None = None
    body: bytes = b""
    location: str = ""
    issues: tuple[Issue, ...] = ()
    patients: tuple[int, ...] = ()
