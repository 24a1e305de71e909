"""What a batch or transaction asked for, entry by entry, and how each ended.

https://hl7.org/fhir/R4/http.html#transaction
"""

from __future__ import annotations

from typing import Any

import msgspec

MOST = 100  # entries that are listed


class _Told(msgspec.Struct):
    status: str = ""
    location: str = ""


class _Entry(msgspec.Struct):
    response: _Told | None = None


class _Answer(msgspec.Struct):
    entry: list[_Entry] = []


_answer = msgspec.json.Decoder(_Answer)


def listed(bundle: dict[str, Any], body: bytes, status: int) -> tuple[str, int]:
    """A line for each entry, and how many there are."""
    asked: Any = bundle.get("entry")
    entries: list[Any] = asked if isinstance(asked, list) else []
    answers = _answers(body) if status < 400 else []
    lines = [f"{bundle.get('type', '')!s:.20} of {len(entries)}"]
    for place, entry in enumerate(entries[:MOST]):
        answer = answers[place] if place < len(answers) else None
        lines.append(_line(entry, answer.response if answer else None))
    if len(entries) > MOST:
        lines.append(f"and {len(entries) - MOST} more")
    return "; ".join(lines), len(entries)


def _answers(body: bytes) -> list[_Entry]:
    try:
        return _answer.decode(body).entry
    except msgspec.DecodeError:
        return []


def _line(entry: Any, told: _Told | None) -> str:
    request: Any = entry.get("request") if isinstance(entry, dict) else None
    if not isinstance(request, dict):
        return "?"
    line = f"{request.get('method', '')!s:.10} {request.get('url', '')!s:.200}"
    if told is None:
        return line
    return f"{line} {told.status[:3]} {told.location.partition('/_history')[0][-80:]}".rstrip()
