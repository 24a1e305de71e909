"""Instants among the inputs of operations.

https://hl7.org/fhir/R4/datatypes.html#instant
"""

from __future__ import annotations

from datetime import datetime

from xinglin.kernel.errors import Issue, Malformed


def instant(text: str | None, name: str) -> datetime | None:
    """An aware moment; raises Malformed naming the parameter."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Malformed(
            Issue(
                "value",
                f"Parameter {name} takes an instant such as 2026-11-24T08:00:00+08:00",
                f"参数 {name} 应为如 2026-11-24T08:00:00+08:00 的时刻",
                (f"Parameters.parameter.where(name='{name}')",),
            )
        )
    return at
