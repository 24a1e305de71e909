"""Logs and metrics, neither of which ever holds patient data.

structlog and the Prometheus text format 0.0.4; traces are in traces.py.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import traceback
from typing import TYPE_CHECKING, Any, cast

import structlog
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping
    from types import TracebackType

    from xinglin.kernel.settings import LogSettings

# What a log line may carry. Everything else is dropped and its name listed under `withheld`:
# a body, an id, a query string or a parameter value would put a patient into the logs.
ALLOWED = frozenset(
    {
        *("event", "level", "timestamp", "logger", "process", "node", "request", "trace"),
        *("method", "route", "interaction", "type", "operation", "status", "code", "kind"),
        *("milliseconds", "seconds", "bytes", "count", "done", "total", "refused", "retries"),
        *("error", "where", "consumer", "job", "channel", "lag", "version", "migration"),
        *("host", "port", "address", "processes", "signal", "attempt", "withheld"),
    }
)
_PLAIN = re.compile(r"[\w .,:;/+*$\[\]{}()<>=-]{0,200}")
_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


def configure_logs(settings: LogSettings) -> None:
    """Set the process's logging up; once, before the first line."""
    final: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False, sort_keys=True)
        if settings.format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            without_values,
            withhold,
            final,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[settings.level.upper()]
        ),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )


class _Later:
    """A logger that binds at each line.

    A module is loaded before logging is configured; what it bound then would keep the default,
    which writes values, and to standard output.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, level: str) -> Any:
        return getattr(structlog.get_logger().bind(logger=self._name), level)


def log(name: str) -> Any:
    """Return the logger of a module."""
    return _Later(name)


def without_values(
    _logger: Any, _method: str, line: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Reduce an exception to its type and the places it passed: its text may hold values."""
    found = line.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()[1]
    elif isinstance(found, tuple):
        found = cast("tuple[Any, BaseException | None, TracebackType | None]", found)[1]
    if isinstance(found, BaseException):
        line["error"] = type(found).__name__
        line["where"] = [
            f"{os.path.basename(frame.filename)}:{frame.lineno} {frame.name}"  # noqa: PTH119
            for frame in traceback.extract_tb(found.__traceback__)[-12:]
        ]
    return line


def withhold(
    _logger: Any, _method: str, line: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Drop every key that is not on the list, and every text that is not plain."""
    hidden = sorted(key for key, value in line.items() if not _may_pass(key, value))
    for key in hidden:
        del line[key]
    if hidden:
        line["withheld"] = hidden
    return line


def _may_pass(key: str, value: Any) -> bool:
    if key not in ALLOWED:
        return False
    if isinstance(value, str):
        return _PLAIN.fullmatch(value) is not None
    if isinstance(value, list):
        return key in {"where", "withheld"}
    return value is None or isinstance(value, int | float)


class Metrics:
    """The figures of one process, or of all of them where PROMETHEUS_MULTIPROC_DIR is set."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "xinglin_request_seconds",
            "Time to answer, by interaction and status class",
            ("interaction", "status"),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.changes = Counter(
            "xinglin_changes", "Changes read from the feed", ("consumer",), registry=self.registry
        )
        self.lag = Gauge(
            "xinglin_feed_lag_changes",
            "Changes that a consumer has not seen",
            ("consumer",),
            registry=self.registry,
            multiprocess_mode="mostrecent",
        )
        self.refusals = Counter(
            "xinglin_refusals", "Requests refused, by issue code", ("code",), registry=self.registry
        )

    def render(self, env: Mapping[str, str] = os.environ) -> bytes:
        """Return the text that a Prometheus server reads."""
        if "PROMETHEUS_MULTIPROC_DIR" not in env:
            return generate_latest(self.registry)
        together = CollectorRegistry()
        multiprocess.MultiProcessCollector(together)
        return generate_latest(together)
