"""Loading the synthetic hospital group into a server that is in use already, showing how far it is.

Design, section 5: usable while history still loads, with progress.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

from xinglin.simulator import Progress, World, load

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from xinglin.simulator import Target

STATE = "demo.json"


async def run(
    target: Target,
    data: Path,
    patients: int,
    say: Callable[[str], None],
    ready: Callable[[], Awaitable[None]],
) -> None:
    """Load what is missing; `say` hears of every tenth, `ready` when the group itself is there."""
    told = -1
    begun = False

    async def first() -> None:
        nonlocal begun
        if not begun:
            begun = True
            await ready()

    async def report(progress: Progress) -> None:
        nonlocal told
        await first()
        _write(data, progress)
        tenth = progress.done * 10 // max(progress.of, 1)
        if tenth > told:
            told = tenth
            say(
                f"demo data 示例数据: {progress.done}/{progress.of} patients 患者, "
                f"{progress.resources:,} resources 资源"
            )

    done = await load(target, World(patients=patients), report=report)
    await first()
    _write(data, done)


def _write(data: Path, progress: Progress) -> None:
    part = data / f"{STATE}.part"
    part.write_bytes(msgspec.json.encode(progress))
    part.replace(data / STATE)


def state(data: Path) -> dict[str, int] | None:
    """How far loading is: ``{"done": …, "of": …}``; None where nothing was ever loaded."""
    try:
        return msgspec.json.decode((data / STATE).read_bytes(), type=dict[str, int])
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def lower_priority() -> None:
    """Requests of people come before demo data."""
    os.nice(5)
