"""Accounts and what shows that somebody is signed in.

migrations: account, position, session, token; docs/adr/0009-sign-in.md.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from xinglin.trust.model import Grant, Position


class Account(msgspec.Struct, frozen=True):
    """Somebody, or something, that may sign in. ``password`` is Argon2id in PHC form, or empty."""

    id: int
    name: str
    name_zh: str = ""
    name_en: str = ""
    practitioner: int | None = None
    patient: int | None = None
    password: str = ""
    must_change: bool = False
    active: bool = True
    demo: bool = False


class Held(msgspec.Struct, frozen=True):
    """A position with its time; `Position` is what of it matters to the policy."""

    position: Position
    since: datetime
    until: datetime | None = None


class Presented(msgspec.Struct, frozen=True):
    """A valid cookie or token: the grant, and until when it holds at the longest."""

    grant: Grant
    expires: datetime
    last: datetime | None = None


class Session(msgspec.Struct, frozen=True):
    """A sign-in in a browser."""

    id: int
    account: int
    position: int | None
    method: str
    created: datetime
    last: datetime
    idle: timedelta
    expires: datetime
    step_up: datetime | None
    shared: bool
    device: str
    address: str


class SignedIn(msgspec.Struct, frozen=True):
    """The account and session of a request; ``cookie`` is the secret itself."""

    account: Account
    session: Session
    cookie: str
