"""The repository: every interaction of the RESTful API as a method that takes an `Access` first.

https://hl7.org/fhir/R4/http.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, cast
from zoneinfo import ZoneInfo

from xinglin.kernel.clock import SystemClock
from xinglin.kernel.database import Installation
from xinglin.kernel.ids import RidAllocator

from .context import Context
from .index import Indexer, KeySpace, plans
from .index.dates import Dates
from .index.dictionary import Dictionary
from .interactions import bundle as bundling
from .interactions import conditional, create, delete, history, read, update, vread
from .interactions import patch as patching
from .interactions.replying import Style
from .store.references import References

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from xinglin.kernel.clock import Clock
    from xinglin.kernel.database import Connection, Database

    from .access import Access
    from .context import Hook
    from .interactions.result import Result, Return

Resource = dict[str, Any]
Params = Sequence[tuple[str, str]]
PatchBody = Resource | list[Any]


class Interactions(Protocol):
    """The interactions; headers come as the raw text of the header, criteria as a query string.

    Refusals are raised as `xinglin.kernel.errors.Refusal`. A read of a deleted resource raises
    `Gone`. 304 and ``Prefer`` are the edge's business (`Result` says version and date).
    """

    async def read(self, access: Access, type_: str, id_: str) -> Result:
        """The current version."""
        ...

    async def vread(self, access: Access, type_: str, id_: str, version: str) -> Result:
        """One version."""
        ...

    async def create(
        self, access: Access, type_: str, resource: Resource, *, if_none_exist: str | None = None
    ) -> Result:
        """A new resource, its id given by the server."""
        ...

    async def update(
        self,
        access: Access,
        type_: str,
        id_: str,
        resource: Resource,
        *,
        if_match: str | None = None,
        if_none_match: str | None = None,
    ) -> Result:
        """A new version; creates the resource where nothing has that id."""
        ...

    async def update_where(
        self,
        access: Access,
        type_: str,
        criteria: str,
        resource: Resource,
        *,
        if_match: str | None = None,
        if_none_match: str | None = None,
    ) -> Result:
        """Conditional update."""
        ...

    async def patch(
        self,
        access: Access,
        type_: str,
        id_: str,
        patch: PatchBody,
        *,
        if_match: str | None = None,
    ) -> Result:
        """A list is a JSON Patch, a Parameters resource a FHIRPath Patch."""
        ...

    async def patch_where(
        self,
        access: Access,
        type_: str,
        criteria: str,
        patch: PatchBody,
        *,
        if_match: str | None = None,
    ) -> Result:
        """Conditional patch."""
        ...

    async def delete(
        self, access: Access, type_: str, id_: str, *, if_match: str | None = None
    ) -> Result:
        """A tombstone; deleting what is deleted is no error."""
        ...

    async def delete_where(self, access: Access, type_: str, criteria: str) -> Result:
        """Conditional delete."""
        ...

    async def history(
        self, access: Access, type_: str | None, id_: str | None, params: Params, *, base: str
    ) -> Result:
        """Instance, type (id None) or system (both None) history, as a Bundle."""
        ...

    async def bundle(
        self,
        access: Access,
        bundle: Resource,
        *,
        base: str,
        prefer: Return | None = None,
        strict: bool = False,
        lang: str = "en",
    ) -> Result:
        """A batch or a transaction, as the Bundle's type says."""
        ...


class Repository:
    """The interactions on one database; one a process."""

    def __init__(self, context: Context) -> None:
        self.context = context

    @classmethod
    async def open(
        cls,
        db: Database,
        *,
        clock: Clock | None = None,
        bases: tuple[str, ...] = (),
        notify: Callable[[], None] | None = None,
    ) -> Repository:
        """On a migrated database. ``notify`` is called after each commit (`kernel.feed`)."""
        async with db.acquire() as connection:
            installation = await Installation.load(connection)
        allocator = RidAllocator(installation.node)

        async def allocate(source: Connection | Database, count: int) -> list[int]:
            return await allocator.take(cast("Connection", source), count)

        indexer = Indexer(
            KeySpace(installation.hash_key), Dates(ZoneInfo(installation.timezone)), bases
        )
        indexer.use(await plans.load(db))
        context = Context(
            db=db,
            clock=clock or SystemClock(),
            node=installation.node,
            indexer=indexer,
            references=References(allocate),
            allocate=allocate,
            secret=installation.hash_key,
            dictionary=Dictionary(db.dsn),
        )
        if notify is not None:
            context.notify = notify
        return cls(context)

    async def close(self) -> None:
        """Give back what it holds beside the database."""
        await self.context.dictionary.close()

    def on_write(self, types: Iterable[str], hook: Hook) -> None:
        """Have a hook called in the transaction of each write of these types."""
        for type_ in types:
            self.context.hooks.setdefault(type_, []).append(hook)

    async def read(self, access: Access, type_: str, id_: str) -> Result:
        """See `interactions.read`."""
        return await read.read(self.context, self.context.db, access, type_, id_)

    async def vread(self, access: Access, type_: str, id_: str, version: str) -> Result:
        """See `interactions.vread`."""
        return await vread.vread(self.context, self.context.db, access, type_, id_, version)

    async def create(
        self, access: Access, type_: str, resource: Resource, *, if_none_exist: str | None = None
    ) -> Result:
        """See `interactions.create`."""
        return await create.create(
            self.context, access, type_, resource, if_none_exist=if_none_exist
        )

    async def update(
        self,
        access: Access,
        type_: str,
        id_: str,
        resource: Resource,
        *,
        if_match: str | None = None,
        if_none_match: str | None = None,
    ) -> Result:
        """See `interactions.update`."""
        return await update.update(
            self.context,
            access,
            type_,
            id_,
            resource,
            if_match=if_match,
            if_none_match=if_none_match,
        )

    async def update_where(
        self,
        access: Access,
        type_: str,
        criteria: str,
        resource: Resource,
        *,
        if_match: str | None = None,
        if_none_match: str | None = None,
    ) -> Result:
        """See `interactions.conditional`."""
        return await conditional.update(
            self.context,
            access,
            type_,
            criteria,
            resource,
            if_match=if_match,
            if_none_match=if_none_match,
        )

    async def patch(
        self,
        access: Access,
        type_: str,
        id_: str,
        patch: PatchBody,
        *,
        if_match: str | None = None,
    ) -> Result:
        """See `interactions.patch`."""
        return await patching.patch(self.context, access, type_, id_, patch, if_match=if_match)

    async def patch_where(
        self,
        access: Access,
        type_: str,
        criteria: str,
        patch: PatchBody,
        *,
        if_match: str | None = None,
    ) -> Result:
        """See `interactions.conditional`."""
        return await conditional.patch(
            self.context, access, type_, criteria, patch, if_match=if_match
        )

    async def delete(
        self, access: Access, type_: str, id_: str, *, if_match: str | None = None
    ) -> Result:
        """See `interactions.delete`."""
        return await delete.delete(self.context, access, type_, id_, if_match=if_match)

    async def delete_where(self, access: Access, type_: str, criteria: str) -> Result:
        """See `interactions.conditional`."""
        return await conditional.delete(self.context, access, type_, criteria)

    async def history(
        self, access: Access, type_: str | None, id_: str | None, params: Params, *, base: str
    ) -> Result:
        """See `interactions.history`."""
        return await history.history(
            self.context, self.context.db, access, type_, id_, params, base=base
        )

    async def bundle(
        self,
        access: Access,
        bundle: Resource,
        *,
        base: str,
        prefer: Return | None = None,
        strict: bool = False,
        lang: str = "en",
    ) -> Result:
        """See `interactions.bundle`."""
        style = Style(base, prefer, strict, lang)
        return await bundling.bundle(self.context, access, bundle, style)
