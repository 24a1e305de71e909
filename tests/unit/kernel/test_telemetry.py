"""Logs without patient data; metrics; traces off by default."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from xinglin.kernel import telemetry, traces
from xinglin.kernel.errors import Unavailable
from xinglin.kernel.settings import LogSettings, TelemetrySettings

NAME = "张伟，手机 13900000000"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_keeps_what_is_listed_and_names_what_it_drops(capsys):
    telemetry.configure_logs(LogSettings())
    telemetry.log("http").info("answered", status=200, type="Patient", name=NAME, route=NAME)
    (line,) = lines(capsys)
    assert (line["event"], line["status"], line["logger"]) == ("answered", 200, "http")
    assert line["withheld"] == ["name", "route"]
    assert "timestamp" in line


def test_an_exception_leaves_its_type_and_place_but_not_its_text(capsys):
    telemetry.configure_logs(LogSettings())
    try:
        {}[NAME]
    except KeyError:
        telemetry.log("http").exception("failed")
    (line,) = lines(capsys)
    assert line["error"] == "KeyError"
    assert "test_telemetry.py" in str(line["where"])
    assert NAME not in json.dumps(line, ensure_ascii=False)


def test_the_level_is_kept(capsys):
    telemetry.configure_logs(LogSettings(level="warning"))
    telemetry.log("x").info("no")
    telemetry.log("x").warning("yes")
    assert [line["event"] for line in lines(capsys)] == ["yes"]


def test_text_for_a_terminal(capsys):
    telemetry.configure_logs(LogSettings(format="text"))
    telemetry.log("x").info("started", port=1)
    assert "started" in capsys.readouterr().err


@given(
    st.dictionaries(st.text(max_size=12), st.one_of(st.text(), st.integers(), st.lists(st.text())))
)
def test_nothing_unlisted_ever_passes(line: dict[str, object]):
    kept = telemetry.withhold(None, "info", dict(line))
    assert set(kept) <= telemetry.ALLOWED
    assert set(line) - set(kept) <= set(kept.get("withheld", []))


def test_metrics_are_rendered():
    metrics = telemetry.Metrics()
    metrics.requests.labels("read", "2xx").observe(0.002)
    metrics.changes.labels("gram").inc(3)
    text = metrics.render({}).decode()
    assert 'xinglin_request_seconds_count{interaction="read",status="2xx"} 1.0' in text
    assert 'xinglin_changes_total{consumer="gram"} 3.0' in text


def test_traces_are_off_by_default():
    assert traces.configure_traces(TelemetrySettings()) is False
    with traces.tracer().start_as_current_span("read") as span:
        assert not span.is_recording()


def test_traces_without_the_sdk_are_refused(monkeypatch: pytest.MonkeyPatch):
    import sys

    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter", None)
    with pytest.raises(Unavailable, match="telemetry"):
        traces.configure_traces(TelemetrySettings(otlp_endpoint="http://127.0.0.1:1"))
