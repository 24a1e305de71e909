"""The authorization endpoint: who is signed in agrees, and the program gets a code.

RFC 6749 section 4.1; OpenID Connect Core 1.0 section 3.1.2; SMART App Launch 2.2.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import msgspec

from xinglin.kernel.errors import Forbidden, Issue, Malformed, Refusal
from xinglin.trust.identity import opaque
from xinglin.trust.policy import scopes
from xinglin.trust.room import Answer, once

from . import asking, page, queries
from .queries import Code, Launch

if TYPE_CHECKING:
    from typing import Any

    from xinglin.trust.identity.model import SignedIn
    from xinglin.trust.model import Grant
    from xinglin.trust.room import Ask, Room

    from .asking import Asked
    from .provider import Provider

CODE = timedelta(minutes=1)
LAUNCH = timedelta(minutes=5)


class Opened(msgspec.Struct, forbid_unknown_fields=True):
    """A page of ours opens a program."""

    client: str
    patient: str | None = None
    encounter: str = ""


class Authorize:
    """The handlers."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def register(self, room: Room) -> None:
        """Put them into the room."""
        room.add("GET", "authorize", self.ask)
        room.add("POST", "authorize", self.decide)
        room.add("POST", "launch", self.launch)

    async def ask(self, ask: Ask) -> Answer:
        """Sign in, agree, or go back at once."""
        try:
            given = once(ask.request.pairs)
        except Malformed:
            return _nowhere(ask)
        return await self._guarded(ask, given, None)

    async def decide(self, ask: Ask) -> Answer:
        """The answer of whoever is signed in; also a request sent by POST."""
        try:
            given = await ask.form()
        except Refusal:
            return _nowhere(ask)
        return await self._guarded(ask, given, given.get("decision"))

    async def _guarded(self, ask: Ask, given: dict[str, str], decision: str | None) -> Answer:
        provider = self._provider
        try:
            asked = await asking.read(provider.db, given, provider.fhir(ask))
            return await self._go(ask, asked, given, decision)
        except asking.SentBack as refused:
            return _redirect(refused.back(provider.issuer(ask)))
        except asking.Nowhere:
            return _nowhere(ask)

    async def _go(
        self, ask: Ask, asked: Asked, given: dict[str, str], decision: str | None
    ) -> Answer:
        provider = self._provider
        who = await provider.desk.present(ask)
        if who is None or self._too_old(who, asked):
            if asked.prompt == "none":
                raise _sent_back(asked, "login_required", "Nobody is signed in")
            return _redirect(_sign_in(asked, again=who is not None))
        grant = await provider.grant(who)
        context = await self._context(who, grant, asked)
        if decision is not None:
            if not opaque.same(given.get("csrf", ""), opaque.csrf_of(who.cookie)):
                return page.told(ask.lang, "This page is out of date.", "此页面已过期。", 403)
            if decision != "allow":
                raise _sent_back(asked, "access_denied", "Refused by the user")
            chosen = await self._chosen(grant, asked, context, given.get("patient", ""))
            return await self._agreed(ask, who, asked, chosen)
        if not self._picks(asked, context) and await self._is_settled(who, asked):
            return await self._agreed(ask, who, asked, context)
        if asked.prompt == "none":
            raise _sent_back(asked, "consent_required", "The user has to agree first")
        find = given.get("find", "")
        return await self._page(ask, who, grant, asked, context=context, find=find)

    def _too_old(self, who: SignedIn, asked: Asked) -> bool:
        age = (self._provider.now() - who.session.created).total_seconds()
        return asked.prompt == "login" or (asked.max_age is not None and age > asked.max_age)

    async def _context(self, who: SignedIn, grant: Grant, asked: Asked) -> Launch:
        """The patient that was opened, or oneself."""
        provider = self._provider
        if "launch" in asked.scopes.named:
            found = None
            if asked.launch:
                hash_ = opaque.hashed(asked.launch)
                found = await queries.find_launch(
                    provider.db, hash_, asked.client.id, who.account.id, provider.now()
                )
            if found is None:
                raise _sent_back(asked, "invalid_request", "launch is not known, or is over")
            return found
        if "launch/patient" in asked.scopes.named and grant.patient is not None:
            return Launch(grant.patient, "")
        return Launch(None, "")

    @staticmethod
    def _picks(asked: Asked, context: Launch) -> bool:
        return "launch/patient" in asked.scopes.named and context.patient is None

    async def _chosen(self, grant: Grant, asked: Asked, context: Launch, reference: str) -> Launch:
        if not self._picks(asked, context):
            return context
        patient = await self._provider.patient(grant, reference)
        if patient is None:
            raise _sent_back(asked, "access_denied", "No patient was chosen")
        return Launch(patient, "")

    async def _is_settled(self, who: SignedIn, asked: Asked) -> bool:
        """Whether nobody needs to be asked: our own program, or the same was agreed to before."""
        if asked.client.trusted:
            return asked.prompt != "consent"
        before = scopes.parse(
            await queries.agreed(self._provider.db, who.account.id, asked.client.id)
        )
        return (
            asked.prompt != "consent"
            and set(asked.scopes.named) <= set(before.named)
            and all(
                any(scopes.covers(old, one) for old in before.clinical)
                for one in asked.scopes.clinical
            )
            and bool(before.named or before.clinical)
        )

    async def _page(
        self, ask: Ask, who: SignedIn, grant: Grant, asked: Asked, *, context: Launch, find: str
    ) -> Answer:
        patients: list[dict[str, Any]] | None = None
        if self._picks(asked, context):
            patients = await self._provider.found(ask, grant, find)
        name = self._provider.desk.teller.name(who.account)
        return page.consent(
            ask.lang,
            program=asked.client.name(ask.lang),
            user=name["zh" if ask.lang == "zh" else "en"],
            redirect=asked.redirect,
            asked=asked.scopes,
            hidden={**asked.given, "csrf": opaque.csrf_of(who.cookie)},
            patients=patients,
            searched=find,
        )

    async def _agreed(self, ask: Ask, who: SignedIn, asked: Asked, context: Launch) -> Answer:
        provider = self._provider
        secret, now = opaque.new(), provider.now()
        code = Code(
            client=asked.client.id,
            redirect=asked.redirect,
            challenge=asked.challenge,
            scopes=(*asked.scopes.named, *map(str, asked.scopes.clinical)),
            nonce=asked.nonce,
            account=who.account.id,
            session=who.session.id,
            patient=context.patient,
            encounter=context.encounter,
            family=0,
        )
        async with provider.db.transaction() as connection:
            await queries.add_code(connection, opaque.hashed(secret), code, now + CODE)
            if asked.launch:
                await queries.end_launch(connection, opaque.hashed(asked.launch))
            await queries.agree(connection, who.account.id, asked.client.id, str(asked.scopes), now)
        await provider.desk.told(
            ask,
            "authorize",
            who.account,
            session=who.session.id,
            note=f"{asked.client.id}: {asked.scopes}"[:500],
        )
        return _redirect(asked.back(provider.issuer(ask), code=secret))

    async def launch(self, ask: Ask) -> Answer:
        """The address that opens a program with this patient; raises Forbidden."""
        provider = self._provider
        who, given = await provider.desk.signed_in(ask), await ask.json(Opened)
        client = await queries.client(provider.db, given.client)
        patient = None
        if given.patient is not None:
            patient = await provider.patient(await provider.grant(who), given.patient)
        if client is None or not client.launch_uri or (given.patient and patient is None):
            raise Forbidden(
                Issue(
                    "forbidden",
                    "There is no such program to open, or no such patient.",
                    "没有可打开的该程序，或没有该患者。",
                )
            )
        secret = opaque.new()
        await queries.add_launch(
            provider.db,
            opaque.hashed(secret),
            client.id,
            who.account.id,
            Launch(patient, given.encounter[:64]),
            expires=provider.now() + LAUNCH,
        )
        values = {"iss": provider.fhir(ask), "launch": secret}
        return Answer({"url": asking.with_query(client.launch_uri, values)})


def _sent_back(asked: Asked, code: str, told: str) -> asking.SentBack:
    return asking.SentBack(code, told, asked.redirect, asked.state)


def _sign_in(asked: Asked, *, again: bool) -> str:
    """Our own sign-in page, which comes back here; a fresh sign-in answers ``prompt=login``."""
    given = {name: value for name, value in asked.given.items() if name != "prompt"}
    if asked.prompt not in ("", "login"):
        given["prompt"] = asked.prompt
    values = {"next": f"/auth/authorize?{urlencode(given)}"} | ({"again": "1"} if again else {})
    return "/sign-in?" + urlencode(values)


def _redirect(url: str) -> Answer:
    return Answer(status=303, headers=[(b"location", url.encode("ascii", "backslashreplace"))])


def _nowhere(ask: Ask) -> Answer:
    return page.told(
        ask.lang,
        "The program that sent you here is not registered here, or not with this address."
        " Nothing was sent to it. Tell whoever looks after it.",
        "该程序未在此登记，或其地址与登记不符，因此没有向它发送任何内容。请联系程序的管理人员。",
    )
