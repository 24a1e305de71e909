"""Who signs: the person an account belongs to, and when they last proved who they are.

https://hl7.org/fhir/R4/provenance.html, Provenance.agent.who
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xinglin.cdr import store, types
from xinglin.kernel.errors import Forbidden, Issue
from xinglin.trust.identity import STEP_UP, queries

from .model import Signer

if TYPE_CHECKING:
    from datetime import datetime

    from xinglin.cdr.access import Access
    from xinglin.kernel.database import Connection, Database
    from xinglin.trust.identity import Account


async def account(source: Connection | Database, access: Access) -> Account:
    """The account that asks; raises Forbidden where there is none."""
    found = await queries.account_by_id(source, access.account) if access.account else None
    if found is None or not found.active:
        raise _nobody()
    return found


async def signer(source: Connection | Database, access: Access) -> Signer:
    """The person behind it; raises Forbidden for an account that belongs to nobody."""
    found = await account(source, access)
    person = found.practitioner or found.patient
    if person is None:
        raise _nobody()
    wanted = [person, *([access.home] if access.home else [])]
    rows = {
        row.rid: f"{types.name(row.type)}/{row.id}" for row in await store.by_rid(source, wanted)
    }
    if person not in rows:
        raise _nobody()
    name = found.name_zh or found.name_en or found.name
    return Signer(found.id, rows[person], name, rows.get(access.home or 0, ""))


async def step_up_at(source: Connection | Database, access: Access) -> datetime | None:
    """When the person last proved in this session who they are; None: not lately."""
    until = await queries.stepped_up(source, access.session) if access.session else None
    return until - STEP_UP if until else None


def _nobody() -> Forbidden:
    return Forbidden(
        Issue(
            "forbidden",
            "This account belongs to no practitioner or patient, so it cannot sign. Have an "
            "administrator link it to the person.",
            "该账号未关联医务人员或患者，不能签名。请管理员将其关联到本人。",
        )
    )
