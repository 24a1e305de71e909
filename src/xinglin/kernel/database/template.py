"""Template databases: a migrated database that is copied in a fraction of a second.

PostgreSQL 18, section 22.3.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from xinglin.kernel.database.installation import initialise
from xinglin.kernel.database.migrations import migrate


def on_database(dsn: str, name: str) -> str:
    """Return the same address with another database."""
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{name}"))


async def create_template(dsn: str, name: str, *, node: int = 1) -> str:
    """Create a database, migrate and initialise it; return its address."""
    await _run(dsn, f"create database {_quoted(name)}")
    target = on_database(dsn, name)
    await migrate(target)
    await initialise(target, node=node)
    return target


async def clone(dsn: str, template: str, name: str) -> str:
    """Copy a database to which nobody is connected; return the address of the copy."""
    await _run(dsn, f"create database {_quoted(name)} template {_quoted(template)}")
    return on_database(dsn, name)


async def drop(dsn: str, name: str) -> None:
    """Remove a database, ending the sessions that are in it."""
    await _run(dsn, f"drop database if exists {_quoted(name)} with (force)")


async def _run(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _quoted(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name):
        raise ValueError(f"not a plain database name: {name!r}")
    return f'"{name}"'
