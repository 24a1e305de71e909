"""What this database is: its node number, epoch, time zone and the secret of its hashed keys.

docs/adr/0001-nodes.md.
"""

from __future__ import annotations

import secrets
import uuid
import zoneinfo
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import asyncpg

from xinglin.kernel.errors import Invalid, Issue, Unavailable

if TYPE_CHECKING:
    from xinglin.kernel.database.pool import Connection

SEQ_BITS = 41
LAST_NODE = 1023


@dataclass(frozen=True)
class Installation:
    """The one row of the table ``installation``."""

    node: int
    epoch: uuid.UUID
    timezone: str
    hash_key: bytes

    @property
    def base(self) -> int:
        """What is added to a sequence value to make a resource number of this node."""
        return self.node << SEQ_BITS

    @classmethod
    async def load(cls, connection: Connection) -> Self:
        """Read the row; refuses if the database was never initialised."""
        row = await connection.fetchrow("select node, epoch, timezone, hash_key from installation")
        if row is None:
            raise Unavailable(
                Issue(
                    "exception",
                    "The database has no installation row. Run `xinglin up` once against it.",
                    "数据库中没有安装信息。请先对它运行一次 `xinglin up`。",
                )
            )
        return cls(row["node"], row["epoch"], row["timezone"], row["hash_key"])


async def initialise(dsn: str, node: int = 1, timezone: str = "Asia/Shanghai") -> Installation:
    """Write the row if there is none, and return the one that is there."""
    _check(node, timezone)
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(
            "insert into installation (node, epoch, timezone, hash_key) values ($1, $2, $3, $4)"
            " on conflict do nothing",
            node,
            uuid.uuid4(),
            timezone,
            secrets.token_bytes(32),
        )
        return await Installation.load(connection)
    finally:
        await connection.close()


async def move(dsn: str, timezone: str) -> None:
    """Set the time zone of values without one; dates are indexed again when that is noticed."""
    connection = await asyncpg.connect(dsn)
    try:
        installation = await Installation.load(connection)
        if installation.timezone != timezone:
            _check(installation.node, timezone)
            await connection.execute("update installation set timezone = $1", timezone)
    finally:
        await connection.close()


def _check(node: int, timezone: str) -> None:
    if not 1 <= node <= LAST_NODE:
        raise Invalid(
            Issue(
                "value",
                f"Node number {node} is outside 1 to {LAST_NODE}.",
                f"节点号 {node} 不在 1 至 {LAST_NODE} 之间。",
            )
        )
    if timezone not in zoneinfo.available_timezones():
        raise Invalid(
            Issue(
                "value",
                f"{timezone!r} is no IANA time zone. Use a name such as Asia/Shanghai.",
                f"{timezone!r} 不是 IANA 时区名。请使用如 Asia/Shanghai 的名称。",
            )
        )
