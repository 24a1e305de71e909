"""Extraction plans in the database: read at start, and again when somebody made a new one.

Tables ``plan`` and ``param``: migrations/0001_core.sql and 0004_plans.sql.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple, cast
from zoneinfo import ZoneInfo

from xinglin.cdr.index.dates import Dates
from xinglin.fhir.search import SearchParam, SearchParameters, search_parameters
from xinglin.fhir.search.custom import make

if TYPE_CHECKING:
    from xinglin.kernel.database import Connection, Database

SHIPPED: Final = 1
"""Number of the first plan: no parameters but those of R4."""

MARK: Final = (
    "select (select coalesce(max(id), 0) from plan) || ' ' || "
    "(select coalesce(string_agg(id || state, ' ' order by id), '') from param)"
)
_BEGIN: Final = (
    "insert into plan (id, timezone) select $1, timezone from installation on conflict do nothing"
)


class Custom(NamedTuple):
    """A site's parameter: extracted by the plans from ``since`` up to before ``until``."""

    param: SearchParam
    since: int
    until: int | None
    state: str

    def extracted(self, plan: int) -> bool:
        """Whether the plan with this number makes its rows."""
        return self.since <= plan and (self.until is None or plan < self.until)


class Plans(NamedTuple):
    """All plans there are. ``zones`` has the time zone of each."""

    zones: dict[int, str]
    customs: tuple[Custom, ...] = ()
    mark: str = ""
    """Changes whenever the tables do."""

    @property
    def current(self) -> int:
        """The plan by which rows are made now."""
        return max(self.zones)

    def dates(self, plan: int) -> Dates:
        """The reader of dates of a plan; of one made meanwhile, that of the newest known."""
        return Dates(ZoneInfo(self.zones.get(plan) or self.zones[self.current]))

    def extracted(self, plan: int, type_: str) -> tuple[SearchParam, ...]:
        """Parameters of a type, beyond those of R4, whose rows a plan makes."""
        return tuple(
            one.param for one in self.customs if one.param.type == type_ and one.extracted(plan)
        )

    def searched(self) -> SearchParameters:
        """Parameters that can be searched by: the new ones when all their rows are there."""
        active = [one.param for one in self.customs if one.state == "active"]
        return search_parameters().with_custom(active) if active else search_parameters()


async def load(source: Connection | Database) -> Plans:
    """Read the plans; the first is made of the time zone of the installation."""
    mark = await source.fetchval(MARK)
    zones = {row["id"]: row["timezone"] for row in await source.fetch("select * from plan")}
    if not zones:
        await source.execute(_BEGIN, SHIPPED)
        return await load(source)
    rows = await source.fetch("select * from param order by id")
    customs: list[Custom] = []
    known = search_parameters()
    for row in rows:
        param = make(json.loads(row["spec"]), row["type"], row["id"], row["bit"], known)
        known = known.with_custom([param])
        customs.append(Custom(param, row["since"], row["until"], row["state"]))
    return Plans(zones, tuple(customs), str(mark))


async def activate(connection: Connection, plan: int, types: list[str]) -> None:
    """Let new parameters be searched by, when a run over these types (none: all) has ended.

    A parameter that one of them takes the place of is retired, by a plan without it.
    """
    ready = await connection.fetch(
        "select id, type, code from param where state = 'building' and since <= $1 "
        "and (cardinality($2::text[]) = 0 or type = any($2))",
        plan,
        types,
    )
    replaced = [
        row["id"]
        for one in ready
        for row in await connection.fetch(
            "select id from param where type = $1 and code = $2 and state = 'active'",
            one["type"],
            one["code"],
        )
    ]
    await retire(connection, replaced)
    await connection.execute(
        "update param set state = 'active' where id = any($1::smallint[])",
        [row["id"] for row in ready],
    )


async def retire(connection: Connection, numbers: list[int]) -> None:
    """Stop searching by and extracting parameters; their rows go when a resource changes."""
    if numbers:
        await connection.execute(
            "update param set state = 'retired', until = $2 where id = any($1::smallint[])",
            numbers,
            await add(connection),
        )


async def follow_zone(connection: Connection) -> bool:
    """Begin a plan for the time zone of the installation where the last one has another."""
    await connection.execute("lock table plan in share row exclusive mode")
    zone = await connection.fetchval(
        "select i.timezone from installation i, "
        "(select timezone from plan order by id desc limit 1) p where i.timezone <> p.timezone"
    )
    if zone is None:
        return False
    await add(connection, zone)
    return True


async def add(connection: Connection, timezone: str | None = None) -> int:
    """Begin a new plan, in the time zone of the last one unless another is given."""
    number = await connection.fetchval(
        "insert into plan (id, timezone) select id + 1, coalesce($1, timezone) from plan "
        "order by id desc limit 1 returning id",
        timezone,
    )
    return cast("int", number)
