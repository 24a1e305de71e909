"""To the provider and back: state, nonce and PKCE, bound to the browser that began.

OpenID Connect Core 1.0 section 3.1; RFC 9700 sections 2.1 and 4.7 (CSRF, mix-up).
"""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from xinglin.kernel.errors import Unavailable
from xinglin.trust.identity import opaque
from xinglin.trust.identity import queries as accounts
from xinglin.trust.identity.names import folded
from xinglin.trust.model import OPERATOR
from xinglin.trust.room import Answer, once, set_cookie
from xinglin.trust.smart import page
from xinglin.trust.smart import queries as shared
from xinglin.trust.smart.asking import with_query
from xinglin.trust.smart.refusals import OAuthRefusal, oauth

from . import queries
from .queries import Begun

if TYPE_CHECKING:
    from xinglin.trust.identity import Desk
    from xinglin.trust.identity.model import Account
    from xinglin.trust.room import Ask, Room

    from .remote import Remote

COOKIE = "xinglin-provider"
_MINUTES = 10
_RECENT = 600  # seconds: a sign-in there that counts as proof of now
_EVENT = "http://schemas.openid.net/event/backchannel-logout"


class Relying:
    """The handlers."""

    def __init__(self, desk: Desk, remote: Remote) -> None:
        self._desk = desk
        self._remote = remote

    def register(self, room: Room) -> None:
        """Put them into the room."""
        room.add("GET", "provider", self.start)
        room.add("GET", "provider/callback", self.back)
        room.add("POST", "provider/logout", self.logout)

    async def shown(self) -> dict[str, Any]:
        """What the sign-in page shows of it."""
        await self._remote.look()
        told: dict[str, Any] = {
            "name": self._remote.settings.name or self._remote.issuer,
            "url": "/auth/provider",
        }
        if self._remote.down:
            told["down"] = {
                "zh": "医院统一登录暂时没有响应；已登录者不受影响，也可用本平台密码登录。",
                "en": "The hospital's sign-in does not answer now; those signed in go on, and a"
                " password of this platform works too.",
            }
        return told

    async def start(self, ask: Ask) -> Answer:
        """Send the browser there."""
        desk = self._desk
        try:
            found = await self._remote.metadata()
        except Unavailable as down:
            return _told(ask, down.issues[0].en, down.issues[0].zh, 503)
        state, nonce, verifier = opaque.new(), opaque.new(), opaque.new() + opaque.new()
        browser = opaque.new()
        begun = Begun(
            browser=opaque.hashed(browser),
            verifier=verifier,
            nonce=nonce,
            next=local(ask.request.parameter("next") or "/"),
        )
        expires = desk.clock.now() + timedelta(minutes=_MINUTES)
        await queries.begin(desk.db, opaque.hashed(state), begun, expires)
        digest = hashlib.sha256(verifier.encode()).digest()
        values = {
            "response_type": "code",
            "client_id": self._remote.settings.client_id,
            "redirect_uri": _redirect_uri(ask),
            "scope": self._remote.settings.scope,
            "state": state,
            "nonce": nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        cookie = set_cookie(COOKIE, browser, secure=ask.secure, seconds=_MINUTES * 60)
        return _go(with_query(found["authorization_endpoint"], values), cookie)

    async def back(self, ask: Ask) -> Answer:
        """The browser returns with a code, or with a refusal."""
        desk = self._desk
        given = once(ask.request.pairs)
        state = opaque.hashed(given.get("state", ""))
        begun = await queries.finish(desk.db, state, desk.clock.now())
        browser = ask.cookie(COOKIE)
        if (
            begun is None
            or browser is None
            or opaque.hashed(browser) != begun.browser
            or given.get("iss", self._remote.issuer) != self._remote.issuer
        ):
            return _told(
                ask,
                "This sign-in was begun in another browser, or too long ago. Begin again.",
                "该登录在其他浏览器中开始，或已超时。请重新登录。",
            )
        if "code" not in given:
            return _told(ask, "The hospital's sign-in was not completed.", "医院统一登录没有完成。")
        try:
            told = await self._remote.exchange(given["code"], begun.verifier, _redirect_uri(ask))
            claims = await self._remote.claims(str(told.get("id_token", "")))
        except Unavailable as down:
            return _told(ask, down.issues[0].en, down.issues[0].zh, 503)
        except ValueError:
            claims = {}
        if not opaque.same(str(claims.get("nonce", "")), begun.nonce) or not claims.get("sub"):
            await desk.told(ask, "sign-in", status=401, note="provider: token not good")
            return _told(
                ask,
                "What the hospital's sign-in says cannot be verified. Tell the administrators.",
                "无法核实医院统一登录的应答，请联系管理员。",
            )
        account = await self._account(claims)
        if account is None:
            await desk.told(ask, "sign-in", status=401, note="provider: no account")
            return _told(
                ask,
                "You have no account here yet. Ask an administrator for one under the same name.",
                "您在本平台还没有账号，请管理员以相同名称开立。",
                403,
            )
        return await self._enter(ask, account, claims, begun.next)

    async def _enter(
        self, ask: Ask, account: Account, claims: dict[str, Any], next_: str
    ) -> Answer:
        desk = self._desk
        at = claims.get("auth_time")
        now = desk.clock.now().timestamp()
        proven = isinstance(at, int | float) and now - at < _RECENT
        who, headers = await desk.enter(ask, account, "provider", proven=proven)
        await queries.let_in(
            desk.db,
            who.session.id,
            self._remote.issuer,
            str(claims["sub"]),
            str(claims.get("sid", "")),
        )
        gone = set_cookie(COOKIE, "", secure=ask.secure, seconds=0)
        return _go(next_, *headers, gone)

    async def _account(self, claims: dict[str, Any]) -> Account | None:
        """By what the provider calls the person; at the first time by the name."""
        db, issuer, subject = self._desk.db, self._remote.issuer, str(claims["sub"])
        number = await queries.account_of(db, issuer, subject)
        if number is not None:
            account = await accounts.account_by_id(db, number)
            return account if account and account.active else None
        name = claims.get(self._remote.settings.claim)
        if not isinstance(name, str) or not name:
            return None
        account = await accounts.account(db, folded(name))
        if account is None or not account.active:
            return None
        # A name at the provider must not make anybody the operator of this machine.
        held = await accounts.positions(db, account.id)
        if any(one.position.role == OPERATOR for one in held):
            return None
        return account if await queries.link(db, issuer, subject, account.id) else None

    @oauth
    async def logout(self, ask: Ask) -> Answer:
        """The provider says that somebody signed out there (back-channel logout)."""
        desk = self._desk
        form = await ask.form()
        try:
            claims = await self._remote.claims(form.get("logout_token", ""))
        except ValueError:
            claims = {}
        subject, sid = claims.get("sub", ""), claims.get("sid", "")
        jti = claims.get("jti")
        fits = isinstance(claims.get("events"), dict) and _EVENT in claims.get("events", {})
        if not fits or "nonce" in claims or not (subject or sid) or not isinstance(jti, str):
            raise OAuthRefusal("invalid_request", "This is no logout token for us")
        now = desk.clock.now()
        used = opaque.hashed(f"{self._remote.issuer}\0{jti}")
        if not await shared.fresh_assertion(desk.db, used, now + timedelta(hours=1)):
            raise OAuthRefusal("invalid_request", "This logout token was used before")
        found = await queries.sessions(desk.db, self._remote.issuer, str(subject), str(sid))
        for session, account in found:
            await accounts.end_session(desk.db, session, account, now)
        if found:
            await desk.changed()
        await desk.told(ask, "sign-out", note=f"provider: {len(found)} sessions")
        return Answer(status=200)


def local(next_: str) -> str:
    """A page of ours to go to; anything else becomes the first page."""
    fine = next_.startswith("/") and not next_.startswith(("//", "/\\"))
    if not fine or any(not 33 <= ord(one) <= 126 or one == "\\" for one in next_):
        return "/"
    return next_[:2000]


def _redirect_uri(ask: Ask) -> str:
    return f"{ask.origin}/auth/provider/callback"


def _go(url: str, *headers: tuple[bytes, bytes]) -> Answer:
    return Answer(status=303, headers=[(b"location", url.encode("ascii", "replace")), *headers])


def _told(ask: Ask, en: str, zh: str, status: int = 400) -> Answer:
    answer = page.told(ask.lang, en, zh, status)
    answer.headers.append(set_cookie(COOKIE, "", secure=ask.secure, seconds=0))
    return answer
