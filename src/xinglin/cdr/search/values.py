"""Search values as written: escaping, alternatives, composites, prefixes.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html#escaping and #prefix.
"""

from __future__ import annotations

import re

from xinglin.kernel.errors import Issue, Malformed

PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")
MAX_ALTERNATIVES = 500
_PREFIXED = re.compile(r"^([a-z]{2})(?=[-+0-9])")
_ESCAPED = re.compile(r"\\([\\,|$])")


def refuse(place: str, en: str, zh: str, code: str = "value") -> Malformed:
    """The refusal of one search parameter, with the place where it stands."""
    return Malformed(Issue(code, en, zh, (f"http.{place}",)))


def split(text: str, mark: str) -> list[str]:
    """The parts of ``text`` between unescaped ``mark``; the parts stay escaped."""
    if "\\" not in text:
        return text.split(mark)
    parts: list[str] = []
    start = at = 0
    while at < len(text):
        if text[at] == "\\":
            at += 2
            continue
        if text[at] == mark:
            parts.append(text[start:at])
            start = at + 1
        at += 1
    parts.append(text[start:])
    return parts


def plain(text: str) -> str:
    """``text`` without its escapes; a backslash before any other character stays."""
    return _ESCAPED.sub(r"\1", text) if "\\" in text else text


def check_text(name: str, text: str) -> None:
    """Refuse what no text in the database can be: NUL and lone surrogates."""
    whole = name + text
    if "\x00" not in whole and (whole.isascii() or not any(_is_half(char) for char in whole)):
        return
    place = name.replace("\x00", "?").encode("utf-8", "replace").decode()
    raise refuse(
        place,
        f"'{place}' holds a NUL character or half of a surrogate pair; leave it out.",
        f"参数“{place}”含有 NUL 字符或不成对的代理项，请去掉。",
    )


def _is_half(char: str) -> bool:
    return "\ud800" <= char <= "\udfff"


def alternatives(place: str, text: str) -> list[str]:
    """The values between commas, still escaped; empty ones are refused."""
    values = split(text, ",")
    if len(values) > MAX_ALTERNATIVES:
        raise refuse(
            place,
            f"'{place}' has {len(values)} alternatives; send at most {MAX_ALTERNATIVES}.",
            f"参数“{place}”有 {len(values)} 个备选值，最多 {MAX_ALTERNATIVES} 个。",
            "too-long",
        )
    if not all(values):
        raise refuse(
            place,
            f"'{place}' has an empty value; give a value, or leave the parameter out.",
            f"参数“{place}”有空值；请给出值，或去掉该参数。",
        )
    return values


def prefix(place: str, text: str) -> tuple[str, str]:
    """The comparison prefix (``eq`` where there is none) and the rest."""
    found = _PREFIXED.match(text)
    if found is None:
        return "eq", text
    if found[1] not in PREFIXES:
        known = ", ".join(PREFIXES)
        raise refuse(
            place,
            f"'{found[1]}' in '{place}={text}' is no prefix; use one of {known}.",
            f"“{place}={text}”中的“{found[1]}”不是前缀；可用 {known}。",
        )
    return found[1], text[2:]
