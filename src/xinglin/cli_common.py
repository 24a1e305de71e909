"""What the commands share: their options, the settings of a data directory, the server they ask.

Design, section 5 (set-up contract).
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import structs
from rich.console import Console

from xinglin.kernel.settings import Settings, load
from xinglin.loading.client import Server
from xinglin.serving import borrow

if TYPE_CHECKING:
    from collections.abc import Generator

console = Console(stderr=True, highlight=False)

Url = Annotated[str | None, typer.Option(help="FHIR base of a running server. 服务的 FHIR 地址。")]
Token = Annotated[
    str | None,
    typer.Option(help="Token of that server (default: made here). 该服务的令牌。"),
]
Data = Annotated[Path | None, typer.Option(help="Data directory. 数据目录。")]


def settings_of(data: Path | None, **given: object) -> Settings:
    """Settings of a data directory (its xinglin.toml), the environment and the options given."""
    folder = data.absolute() if data else load(None, os.environ).data_dir()
    file = folder / "xinglin.toml"
    found = load(file if file.exists() else None, os.environ)
    changes = {name: value for name, value in given.items() if value is not None}
    return structs.replace(found, data=str(folder), **changes)


@contextlib.contextmanager
def server_of(settings: Settings, url: str | None, token: str | None = None) -> Generator[Server]:
    """The server of a data directory, or another one, of which a token must be known."""
    if url and token:
        yield Server(url, token)
    elif url:
        yield Server(url, borrow.token(settings), borrow.pin(settings, url))
    else:
        with borrow.server(settings.data_dir()) as base:
            yield Server(base, borrow.token(settings), borrow.pin(settings, base))
