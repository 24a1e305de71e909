"""Refusals: the one error hierarchy of the platform.

Issue types are those of https://hl7.org/fhir/R4/valueset-issue-type.html; statuses RFC 9110.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

Severity = Literal["fatal", "error", "warning", "information"]


class Issue(msgspec.Struct, frozen=True):
    """One thing that is wrong, said in both languages, with the place where it is.

    ``code`` is a FHIR issue type, ``expression`` holds FHIRPath locations (may be empty).
    """

    code: str
    en: str
    zh: str
    expression: tuple[str, ...] = ()
    severity: Severity = "error"


class Refusal(Exception):
    """An expected refusal: the caller can do something about it, and the text says what."""

    status: ClassVar[int] = 400

    def __init__(self, *issues: Issue, headers: dict[str, str] | None = None) -> None:
        super().__init__("; ".join(issue.en for issue in issues))
        self.issues = issues
        self.headers = headers or {}


class Malformed(Refusal):
    """The input cannot be read: syntax, structure, an invalid parameter."""


class Invalid(Refusal):
    """The input can be read but breaks a rule of its type."""

    status = 422


class Unauthenticated(Refusal):
    """Nobody is signed in."""

    status = 401


class Forbidden(Refusal):
    """Signed in, but not allowed to do this."""

    status = 403


class NotFound(Refusal):
    """Nothing is there, or nothing that may be seen."""

    status = 404


class NotAllowed(Refusal):
    """The address exists, but not for this method."""

    status = 405


class NotAcceptable(Refusal):
    """No representation that the caller would take."""

    status = 406


class Conflict(Refusal):
    """The state of the thing does not allow this now."""

    status = 409


class Gone(Refusal):
    """It was there and has been deleted."""

    status = 410


class PreconditionFailed(Refusal):
    """If-Match failed, or a condition matched more than one thing."""

    status = 412


class TooLarge(Refusal):
    """The body is over the limit."""

    status = 413


class UnsupportedMedia(Refusal):
    """The content type is none that is read here."""

    status = 415


class TooCostly(Refusal):
    """The question would take too long; the text says how to narrow it."""

    status = 422


class TooMany(Refusal):
    """Too often; the header ``Retry-After`` says how long to wait."""

    status = 429


class Unavailable(Refusal):
    """The platform cannot answer now: starting, stopping, or out of a resource."""

    status = 503
