"""Opening a record and reviewing it: one transaction each.

docs/adr/0013-policy.md.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from msgspec import structs

from xinglin.cdr import types
from xinglin.cdr.access import Access
from xinglin.cdr.context import retrying
from xinglin.cdr.interactions.draft import Draft
from xinglin.cdr.interactions.write import write
from xinglin.cdr.store import named as stored
from xinglin.fhir import json
from xinglin.kernel.errors import Conflict, Forbidden, Issue, NotFound
from xinglin.kernel.ids import uuid7
from xinglin.trust.audit.model import Event
from xinglin.trust.policy.kinds import shipped

from . import announcing, queries
from .model import Asked, Opening

if TYPE_CHECKING:
    from xinglin.cdr.repository import Repository
    from xinglin.kernel.database import Database
    from xinglin.trust.audit import Recorder
    from xinglin.trust.model import Grant
    from xinglin.trust.policy.compile import RolePolicy
    from xinglin.trust.policy.roles import Role

    from .model import About, Status

Json = dict[str, Any]
REVIEWS: Final = "break-glass-review"
"""The page of whoever reviews."""


class Openings:
    """The use cases of break-glass."""

    def __init__(
        self,
        repository: Repository,
        database: Database,
        policy: RolePolicy,
        recorder: Recorder | None,
    ) -> None:
        self._repository = repository
        self._database = database
        self._policy = policy
        self._recorder = recorder

    async def open(
        self, access: Access, patient_id: str, reason: str, purpose: str, minutes: int
    ) -> Opening:
        """Open one record for the person who asks; told to the audit before it is done."""
        grant, role = self._who(access)
        unit = grant.practitioner
        if not role.break_glass or grant.scopes is not None or unit is None:
            raise _may_not(role)
        # The patient need not be visible: that is the point. The audit knows who asked.
        await self._repository.read(Access.local(), "Patient", patient_id)
        name = ("Patient", patient_id)
        context = self._repository.context
        patient = (await context.references.resolve(self._database, {name}))[name]
        since = context.clock.now()
        opening = Opening(
            task=0,
            task_id=uuid7(),
            patient=patient,
            unit=unit,
            account=grant.account,
            actor=grant.name,
            role=role.code,
            position=access.position,
            home=access.home,
            reason=reason,
            purpose=purpose,
            since=since,
            until=since + timedelta(minutes=minutes),
        )
        await self._record(access, opening, f"{minutes} min: {reason}")
        made = await retrying(lambda: self._write(access, opening, patient_id))
        self._policy.renew(grant.account)
        return made

    async def _write(self, access: Access, opening: Opening, patient_id: str) -> Opening:
        context = self._repository.context
        by = ("Practitioner", await queries.id_of(self._database, opening.unit))
        patient, task = ("Patient", patient_id), ("Task", opening.task_id)
        told = announcing.Announced(opening, patient, by)
        async with self._database.transaction() as connection:
            kinds = shipped().sealed.kinds
            team = await queries.team(connection, opening.patient, kinds)
            resources = (
                announcing.review(told),
                announcing.notice(told, uuid7(), team),
                announcing.flag(told, uuid7()),
            )
            drafts = [Draft(one["resourceType"], one["id"], one) for one in resources]
            await write(context, connection, _server(access), drafts, bodies=False)
            rid = (await context.references.resolve(connection, {task}))[task]
            made = structs.replace(opening, task=rid)
            await queries.add(connection, made)
        context.notify()
        return made

    async def listed(
        self, access: Access, status: Status, limit: int, *, mine: bool
    ) -> list[About]:
        """The openings of the campuses one reviews; with ``mine`` one's own."""
        grant, role = self._who(access)
        if mine:
            return await queries.listed(
                self._database, Asked(status, account=grant.account, limit=limit)
            )
        homes = await self._reviewing(grant, role)
        return await queries.listed(self._database, Asked(status, homes, limit=limit))

    async def review(self, access: Access, id_: str, outcome: str, comment: str) -> About:
        """Keep the outcome; nobody reviews what he opened himself."""
        grant, role = self._who(access)
        homes = await self._reviewing(grant, role)
        found = await queries.listed(self._database, Asked("all", homes, task_id=id_))
        if not found:
            raise NotFound(
                Issue(
                    "not-found", f"There is no opening '{id_}'.", f"没有编号为“{id_}”的紧急访问。"
                )
            )
        if found[0].opening.account == grant.account:
            raise Forbidden(
                Issue(
                    "forbidden",
                    "You opened this record yourself: somebody else has to review it.",
                    "该次访问由您本人发起，须由他人复核。",
                )
            )
        opening = found[0].opening
        await self._record(access, opening, f"review: {outcome}", reviewer=role)
        await retrying(lambda: self._reviewed(access, grant, opening, outcome, comment))
        self._policy.renew(opening.account)
        return (await queries.listed(self._database, Asked("all", task_id=id_)))[0]

    async def _reviewed(
        self, access: Access, grant: Grant, opening: Opening, outcome: str, comment: str
    ) -> None:
        context = self._repository.context
        at = context.clock.now()
        # What was not justified ends now; the rest ends as it would have.
        until = at if outcome == "unjustified" else opening.until
        async with self._database.transaction() as connection:
            review = structs.replace(
                opening,
                reviewed=at,
                reviewer=grant.name,
                outcome=outcome,
                comment=comment,
                until=until,
            )
            done = await queries.review(connection, review)
            if not done:
                raise Conflict(
                    Issue("conflict", "It has been reviewed already.", "该次访问已复核。")
                )
            (old,) = await stored(connection, [(types.number("Task"), opening.task_id)])
            task = announcing.reviewed(json.decode(old.body.encode()), outcome, comment, at)
            draft = Draft("Task", opening.task_id, task, old, old.rid)
            await write(context, connection, _server(access), [draft], bodies=False)
        context.notify()

    # -- who ------------------------------------------------------------------------------------

    def _who(self, access: Access) -> tuple[Grant, Role]:
        grant = self._policy.grant_of(access)
        position = grant.position if grant else None
        role = self._policy.roles.get(position.role) if position else None
        if grant is None or role is None:
            raise Forbidden(
                Issue(
                    "forbidden",
                    "Sign in with a position of your own for this.",
                    "请以本人岗位登录后再进行。",
                )
            )
        return grant, role

    async def _reviewing(self, grant: Grant, role: Role) -> tuple[int, ...] | None:
        """The campuses whose openings one reviews; None: all."""
        if not role.everything and REVIEWS not in role.pages:
            raise Forbidden(
                Issue(
                    "forbidden",
                    "Only the privacy officer reviews break-glass.",
                    "紧急访问仅由隐私专员复核。",
                )
            )
        return await self._policy.campuses(grant)

    async def _record(
        self, access: Access, opening: Opening, note: str, *, reviewer: Role | None = None
    ) -> None:
        """On the trail; whoever reviews an opening has read the trail, and no record."""
        if self._recorder is None:
            return
        await self._recorder.record(
            Event(
                "audit" if reviewer else "break-glass",
                account=access.account,
                actor=access.actor,
                role=reviewer.code if reviewer else opening.role,
                position=access.position,
                session=access.session,
                client=access.client,
                purpose=access.purpose if reviewer else opening.purpose,
                home=access.home or 0,
                type="Task",
                id=opening.task_id,
                patients=(opening.patient,),
                note=note,
            )
        )


def _server(access: Access) -> Access:
    """The platform writes it, in the name and for the campus of who asked."""
    return structs.replace(
        Access.local(),
        actor=access.actor,
        home=access.home,
        account=access.account,
        session=access.session,
        client=access.client,
        position=access.position,
    )


def _may_not(role: Role) -> Forbidden:
    return Forbidden(
        Issue(
            "forbidden",
            f"As {role.name.en} you cannot open a record by break-glass. It takes a clinical "
            "position, your own sign-in and your entry as a practitioner.",
            f"“{role.name.zh}”岗位不能紧急访问病历；须以临床岗位、本人登录并已登记为医务人员。",
        )
    )
