"""What the launcher tells its workers: settings, database, data directory, who it is.

One environment variable, so that nothing is read twice and no worker differs from another.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from xinglin.kernel.settings import Settings

VARIABLE = "_XINGLIN_LAUNCH"


class Launch(msgspec.Struct, frozen=True):
    """``parent`` is the process number of the launcher; 0: there is none to follow."""

    settings: Settings
    dsn: str
    data: str
    parent: int = 0

    @property
    def data_dir(self) -> Path:
        """Where files are kept."""
        return Path(self.data)

    def publish(self) -> None:
        """Leave it to the processes that will be forked."""
        os.environ[VARIABLE] = msgspec.json.encode(self).decode()


def received() -> Launch:
    """What the launcher left."""
    return msgspec.json.decode(os.environ[VARIABLE], type=Launch)


def own_bases(settings: Settings) -> tuple[str, ...]:
    """The addresses by which absolute references are known as local."""
    return (settings.fhir.base_url,) if settings.fhir.base_url else ()
