"""From a request to what it may see and do: bearer token or session cookie, grant, policy.

RFC 6750; RFC 6265bis (cookie prefixes); SMART App Launch 2.x.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from msgspec import structs

from xinglin.kernel.errors import Forbidden, Issue, Malformed, Unauthenticated
from xinglin.trust.model import OPERATOR

from . import opaque, queries

if TYPE_CHECKING:
    from collections.abc import Callable

    from xinglin.cdr.access import Access
    from xinglin.cdr.http import Request
    from xinglin.cdr.repository import Repository
    from xinglin.kernel.clock import Clock
    from xinglin.kernel.database import Database
    from xinglin.trust.model import Grant, Policy

    from .model import Presented

COOKIE = "xinglin"
SECURE_COOKIE = f"__Host-{COOKIE}"
ACTING = b"x-acting-organization"
CSRF = b"x-csrf-token"
SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
KEPT = 4096  # grants remembered by a process
FRESH = 2.0  # seconds: for so long what was looked up is believed
POLL = 0.5  # seconds between two looks at whether a right ended
TOUCH = 60.0  # seconds between two notes that a session is used


class Known:
    """What a process remembers of a cookie or token. ``ends`` is a Unix time."""

    __slots__ = ("access", "ends", "grant", "until")

    def __init__(self, grant: Grant, access: Access, until: float, ends: float) -> None:
        self.grant = grant
        self.access = access
        self.until = until
        self.ends = ends


class Authoriser:
    """Callable as the edge wants it; raises Unauthenticated or Forbidden."""

    def __init__(
        self,
        repository: Repository,
        *,
        policy: Policy,
        secure: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._repository = repository
        self._db: Database = repository.context.db
        self._clock: Clock = repository.context.clock
        self._policy: Policy = policy
        self._secure = secure
        self._monotonic = monotonic
        self._known: dict[bytes, Known] = {}
        self._homes: dict[str, int] = {}
        self._changes = -1
        self._polled = float("-inf")
        self._looking = asyncio.Lock()

    async def __call__(self, request: Request) -> Access:
        """The access of a request."""
        known = await self.known(request)
        access = known.access
        named = request.header(ACTING)
        if named is not None:
            access = await self._for(known, named)
        request.access = access
        return access

    async def grant(self, request: Request) -> Grant:
        """Who asks, for the rooms that need no access."""
        return (await self.known(request)).grant

    async def access(self, grant: Grant) -> Access:
        """What the policy makes of a grant; raises Forbidden."""
        return await self._policy.access(grant)

    async def known(self, request: Request) -> Known:
        """What a request shows, looked up where it is not fresh; raises Unauthenticated."""
        now = self._monotonic()
        if now - self._polled > POLL:
            await self._poll()
        secret, is_cookie = self._presented(request)
        key = opaque.hashed(secret)
        known = self._known.get(key)
        if known is None or known.until <= now or known.ends <= self._clock.now().timestamp():
            known = await self._look_up(key, now, is_cookie=is_cookie)
        if is_cookie and request.method not in SAFE:
            check_csrf(request, secret)
        return known

    def forget(self) -> None:
        """Look everything up again: something ended."""
        self._known.clear()

    def _presented(self, request: Request) -> tuple[str, bool]:
        header = request.header(b"authorization")
        if header is not None:
            scheme, _, token = header.partition(" ")
            if scheme.lower() != "bearer" or not token.strip():
                raise _invalid()
            return token.strip(), False
        secret = cookie_of(request, secure=self._secure)
        if secret is None:
            raise _absent()
        return secret, True

    async def _look_up(self, key: bytes, now: float, *, is_cookie: bool) -> Known:
        self._known.pop(key, None)
        at, changes = self._clock.now(), self._changes
        find = queries.session if is_cookie else queries.token
        presented = await find(self._db, key, at)
        if presented is None:
            raise _invalid()
        await self._touch(presented)
        access = await self._policy.access(presented.grant)
        if len(self._known) >= KEPT:
            self.forget()
        known = Known(presented.grant, access, now + FRESH, presented.expires.timestamp())
        if changes == self._changes:
            self._known[key] = known  # else a right may have ended since it was read
        return known

    async def _touch(self, presented: Presented) -> None:
        at = self._clock.now()
        if presented.last and (at - presented.last).total_seconds() > TOUCH:
            await queries.touch(self._db, presented.grant.session, at)

    async def _poll(self) -> None:
        """Look whether a right ended; whoever comes meanwhile waits for the same look."""
        async with self._looking:
            now = self._monotonic()
            if now - self._polled <= POLL:
                return
            count = await queries.changes(self._db)
            if count != self._changes:
                self._changes = count
                self.forget()
            self._polled = now

    async def _for(self, known: Known, named: str) -> Access:
        """The operator acts for an institution: what is written belongs to it."""
        position = known.grant.position
        if position is None or position.role != OPERATOR:
            raise Forbidden(
                Issue(
                    "forbidden",
                    "Only the operator may act for another institution; leave out the header"
                    " X-Acting-Organization and choose the position instead.",
                    "只有本机管理员可代表其他机构操作；请去掉 X-Acting-Organization 头并切换岗位。",
                    ("http.X-Acting-Organization",),
                )
            )
        home = self._homes.get(named)
        if home is None:
            if len(self._homes) >= KEPT:
                self._homes.clear()
            home = self._homes[named] = await self._home(known.access, named)
        return structs.replace(known.access, home=home)

    async def _home(self, access: Access, named: str) -> int:
        type_, _, id_ = named.partition("/")
        if type_ != "Organization" or not id_:
            raise Malformed(
                Issue(
                    "value",
                    f'X-Acting-Organization: "{named[:80]}" should be Organization/<id>',
                    f"X-Acting-Organization：“{named[:80]}”应为 Organization/<id>",
                    ("http.X-Acting-Organization",),
                )
            )
        await self._repository.read(access, type_, id_)
        numbers = await self._repository.context.references.resolve(self._db, {(type_, id_)})
        return numbers[type_, id_]


def cookie_of(request: Request, *, secure: bool) -> str | None:
    """The session cookie; under TLS only the one that no other host can have set."""
    header = request.header(b"cookie")
    if not header:
        return None
    wanted = SECURE_COOKIE if secure or request.scope.get("scheme") == "https" else COOKIE
    for part in header.replace(",", ";").split(";"):
        name, _, value = part.strip().partition("=")
        if name == wanted:
            return value or None
    return None


def check_csrf(request: Request, cookie: str) -> None:
    """A page of ours knows what belongs to its cookie; raises Forbidden."""
    if not opaque.same(request.header(CSRF) or "", opaque.csrf_of(cookie)):
        raise Forbidden(
            Issue(
                "security",
                "The header X-CSRF-Token is missing or belongs to another sign-in."
                " Load the page again.",
                "缺少 X-CSRF-Token 头，或它属于另一次登录。请重新载入页面。",
                ("http.X-CSRF-Token",),
            )
        )


def _absent() -> Unauthenticated:
    return Unauthenticated(
        Issue(
            "login",
            "Nobody is signed in. Sign in, or send a bearer token (`xinglin token`).",
            "尚未登录。请登录，或使用访问令牌（`xinglin token`）。",
        ),
        headers={"WWW-Authenticate": 'Bearer realm="xinglin"'},
    )


def _invalid() -> Unauthenticated:
    return Unauthenticated(
        Issue(
            "login",
            "This sign-in is over, or its token is not known. Sign in again.",
            "登录已失效，或令牌无法识别。请重新登录。",
        ),
        headers={"WWW-Authenticate": 'Bearer realm="xinglin", error="invalid_token"'},
    )
