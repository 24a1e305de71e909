"""OpenTelemetry traces, off by default.

https://opentelemetry.io/docs/specs/otel/trace/api/; the SDK is an extra of the package.
"""

# The SDK is optional: where it is not installed the type checker cannot see it either.
# pyright: reportMissingImports=false

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry import trace

from xinglin.kernel.errors import Issue, Unavailable

if TYPE_CHECKING:
    from xinglin.kernel.settings import TelemetrySettings


def tracer() -> trace.Tracer:
    """Return the tracer; without ``configure_traces`` it keeps nothing."""
    return trace.get_tracer("xinglin")


def configure_traces(settings: TelemetrySettings) -> bool:
    """Send traces where the settings say; return whether any are made."""
    if not settings.otlp_endpoint:
        return False
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError as error:
        raise Unavailable(
            Issue(
                "not-supported",
                "`telemetry.otlp_endpoint` is set, but the OpenTelemetry SDK is not installed."
                " Install `xinglin[telemetry]`, or leave the setting empty.",
                "已设置 `telemetry.otlp_endpoint`，但没有安装 OpenTelemetry SDK。"
                "请安装 `xinglin[telemetry]`，或将该设置留空。",
            )
        ) from error
    provider = TracerProvider(resource=Resource.create({"service.name": "xinglin"}))
    exporter = OTLPSpanExporter(endpoint=settings.otlp_endpoint)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return True
