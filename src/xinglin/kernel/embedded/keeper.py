"""Keeping the embedded server alive: started again whenever it ends by itself.

pidfd_open(2); a server that loses one session to a kill restarts without help.
"""

from __future__ import annotations

import os
import select
import threading
from typing import TYPE_CHECKING, Self

from xinglin.kernel.embedded.server import Server, running
from xinglin.kernel.errors import Refusal
from xinglin.kernel.telemetry import log

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

_AGAIN = 1.0
_log = log("embedded")


class Keeper:
    """A server for the length of a block; ``dsn`` is its address, also after a restart.

    The server follows the thread that starts it, so one thread starts it, every time, and lives
    as long as the block.
    """

    def __init__(self, data_dir: Path, server: Server | None = None) -> None:
        self._data_dir = data_dir
        self._server = server or Server()
        self._wake, self._waker = os.pipe()
        self._started = threading.Event()
        self._refused: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="postgres keeper", daemon=True)
        self.dsn = ""
        self.restarts = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait()
        if self._refused is not None:
            self._close()
            raise self._refused
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def _close(self) -> None:
        os.write(self._waker, b"x")
        self._thread.join()
        os.close(self._wake)
        os.close(self._waker)

    def _run(self) -> None:
        try:
            self.dsn = self._server.start(self._data_dir)
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            self._refused = error
        self._started.set()
        if self._refused is None:
            self._wait()
            while not self._stopping(0.0):
                self._restart()
                self._wait()
        self._server.stop(patience=5)

    def _wait(self) -> None:
        """Wait until the server has ended, or the block has."""
        cluster = self._server.cluster
        pid = running(cluster) if cluster else None
        if pid is None:
            return
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            return
        try:
            select.select([descriptor, self._wake], [], [])
        finally:
            os.close(descriptor)

    def _stopping(self, patience: float) -> bool:
        ready, _, _ = select.select([self._wake], [], [], patience)
        return bool(ready)

    def _restart(self) -> None:
        _log.warning("database ended, starting it again")
        try:
            self._server.start(self._data_dir)
            self.restarts += 1
        except (Refusal, OSError) as error:
            # A full disk, for instance: it may get better, and readiness says so meanwhile.
            _log.error("database did not start", exc_info=error)
            self._stopping(_AGAIN)
