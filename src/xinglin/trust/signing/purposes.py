"""What is signed and what that takes: routine under one unlock, or anew for each (data).

https://hl7.org/fhir/R4/valueset-signature-type.html; purposes.json holds the table.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec

from xinglin.fhir import path
from xinglin.kernel.errors import Forbidden, Invalid, Issue

if TYPE_CHECKING:
    from datetime import datetime

TYPES = "urn:iso-astm:E1762-95:2013"


class Purpose(msgspec.Struct, frozen=True, rename="camel"):
    """One row. ``where`` are FHIRPath conditions on a resource that make the purpose compulsory."""

    code: str
    en: str
    zh: str
    type: str
    display: str
    step_up: bool
    minutes: int = 0
    where: tuple[str, ...] = ()

    def meets(self, resource: dict[str, Any]) -> bool:
        """Whether a resource is one that can only be signed for this purpose."""
        return any(path.compile(one).evaluate(resource) for one in self.where)


@cache
def table() -> dict[str, Purpose]:
    """The rows by code."""
    raw = files(__package__ or "").joinpath("purposes.json").read_bytes()
    return {one.code: one for one in msgspec.json.decode(raw, type=list[Purpose])}


def of(code: str) -> Purpose:
    """The row of a code; raises Invalid."""
    found = table().get(code)
    if found is None:
        known = ", ".join(table())
        raise Invalid(
            Issue(
                "code-invalid",
                f"{code[:40]!r} is no purpose of a signature; there are {known}",
                f"{code[:40]!r} 不是签名用途；可用的有 {known}",
            )
        )
    return found


def check(
    code: str, resource: dict[str, Any], now: datetime, step_up_at: datetime | None
) -> Purpose:
    """The purpose, if it may be signed now; raises Forbidden where signing in again is due.

    ``step_up_at`` is when the person last proved who they are in this session. The content decides
    too: a consent asked to be signed as a note still takes what a consent takes.
    """
    asked = of(code)
    for one in (asked, *(row for row in table().values() if row.meets(resource))):
        if one.step_up and not _fresh(one, now, step_up_at):
            raise Forbidden(
                Issue(
                    "login",
                    f"To sign this ({one.en}), prove again who you are (password, PIN or passkey), "
                    f"then sign within {one.minutes} minutes.",
                    f"签署此内容（{one.zh}）前，请再次验证身份（密码、PIN 或通行密钥），"
                    f"并在 {one.minutes} 分钟内签署。",
                )
            )
    return asked


def _fresh(purpose: Purpose, now: datetime, step_up_at: datetime | None) -> bool:
    if step_up_at is None:
        return False
    return timedelta() <= now - step_up_at <= timedelta(minutes=purpose.minutes)
