"""Strings: indexOf, substring, matches, replace, split, encode and the others.

FHIRPath N1 (2.0.0) §5.6, http://hl7.org/fhirpath/N1/#string-manipulation; some are of 2.1.
"""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
from typing import TYPE_CHECKING, Any

from xinglin.fhir.path.errors import PathError
from xinglin.fhir.path.functions.regex import pattern
from xinglin.fhir.path.functions.registry import eager, scalar, string, value_of, whole
from xinglin.fhir.path.singleton import EMPTY, bounded

if TYPE_CHECKING:
    from collections.abc import Callable

    from xinglin.fhir.path.environment import Env

_GROUP = re.compile(r"\\\\|\\\$|\$\{?(\d+)\}?")


@scalar("indexOf", 1)
def _index_of(value: Any, part: Any) -> int:
    return string(value, "indexOf").find(string(part, "indexOf"))


@scalar("lastIndexOf", 1)
def _last_index_of(value: Any, part: Any) -> int:
    return string(value, "lastIndexOf").rfind(string(part, "lastIndexOf"))


@eager("substring", 1, 2)
def _substring(_env: Env, items: list[Any], start: list[Any], *length: list[Any]) -> list[Any]:
    text, first = value_of(items), value_of(start)
    if text is None or first is None:
        return EMPTY
    text, first = string(text, "substring"), whole(first, "substring")
    if not 0 <= first < len(text):
        return EMPTY
    if not length or not length[0]:
        return [text[first:]]
    return [text[first : first + max(whole(value_of(length[0]), "substring"), 0)]]


@scalar("startsWith", 1)
def _starts_with(value: Any, part: Any) -> bool:
    return string(value, "startsWith").startswith(string(part, "startsWith"))


@scalar("endsWith", 1)
def _ends_with(value: Any, part: Any) -> bool:
    return string(value, "endsWith").endswith(string(part, "endsWith"))


@scalar("contains", 1)
def _contains(value: Any, part: Any) -> bool:
    return string(part, "contains") in string(value, "contains")


@scalar("upper")
def _upper(value: Any) -> str:
    return string(value, "upper").upper()


@scalar("lower")
def _lower(value: Any) -> str:
    return string(value, "lower").lower()


@scalar("length")
def _length(value: Any) -> int:
    return len(string(value, "length"))


@scalar("trim")
def _trim(value: Any) -> str:
    return string(value, "trim").strip()


@scalar("toChars")
def _to_chars(value: Any) -> list[str]:
    return list(string(value, "toChars"))


@scalar("replace", 2)
def _replace(value: Any, old: Any, new: Any) -> str:
    text, part, by = string(value, "replace"), string(old, "replace"), string(new, "replace")
    bounded(len(text) + (text.count(part) * len(by)))
    return text.replace(part, by)


@scalar("matches", 1)
def _matches(value: Any, regex: Any) -> bool:
    found = pattern(string(regex, "matches")).search(string(value, "matches"))
    return found is not None


@scalar("matchesFull", 1)
def _matches_full(value: Any, regex: Any) -> bool:
    found = pattern(string(regex, "matchesFull")).fullmatch(string(value, "matchesFull"))
    return found is not None


@scalar("replaceMatches", 2)
def _replace_matches(value: Any, regex: Any, new: Any) -> str:
    text = string(value, "replaceMatches")
    expression = string(regex, "replaceMatches")
    if not expression:
        return text
    by = string(new, "replaceMatches")
    bounded((len(text) + 1) * len(by) if len(by) > 100 else len(text))
    template = _GROUP.sub(_group, by)
    try:
        return pattern(expression).sub(template, text)
    except (re.error, IndexError) as error:
        raise PathError(
            f"‘{by}’ cannot replace ‘{expression}’: {error}",
            f"“{by}”不能替换“{expression}”：{error}",
        ) from None


def _group(match: re.Match[str]) -> str:
    number = match[1]
    return f"\\g<{number}>" if number else match[0].replace("\\$", "$")


@scalar("split", 1)
def _split(value: Any, separator: Any) -> list[str]:
    text, by = string(value, "split"), string(separator, "split")
    return text.split(by) if by else list(text)


@eager("join", 0, 1)
def _join(_env: Env, items: list[Any], *separator: list[Any]) -> list[Any]:
    if not items:
        return EMPTY
    by = string(value_of(separator[0]), "join") if separator and separator[0] else ""
    values = [string(v, "join") for v in (value_of([i]) for i in items) if v is not None]
    bounded(sum(map(len, values)) + len(by) * len(values))
    return [by.join(values)]


_ENCODE: dict[str, Callable[[bytes], bytes]] = {
    "base64": base64.b64encode,
    "urlbase64": base64.urlsafe_b64encode,
    "hex": binascii.hexlify,
}
_DECODE: dict[str, Callable[[bytes], bytes]] = {
    "base64": lambda b: base64.b64decode(b, validate=True),
    "urlbase64": base64.urlsafe_b64decode,
    "hex": binascii.unhexlify,
}
_ESCAPE: dict[str, Callable[[str], str]] = {
    "html": lambda t: html.escape(t, quote=True),
    "json": lambda t: json.dumps(t, ensure_ascii=False)[1:-1],
}


_JSON_ESCAPE = re.compile(r'\\(["\\/bfnrt]|u[0-9a-fA-F]{4})')


def _json_unescaped(text: str) -> str:
    return _JSON_ESCAPE.sub(lambda match: str(json.loads(f'"{match[0]}"')), text)


_UNESCAPE: dict[str, Callable[[str], str]] = {"html": html.unescape, "json": _json_unescaped}


def _form(table: dict[str, Any], name: Any, function: str) -> Any:
    found = table.get(name)
    if found is None:
        known = ", ".join(table)
        raise PathError(
            f"{function}() knows {known}, not ‘{name}’",
            f"{function}() 只支持 {known}，不支持“{name}”",
        )
    return found


@scalar("encode", 1)
def _encode(value: Any, form: Any) -> str:
    text = string(value, "encode")
    bounded(len(text) * 2)
    return _form(_ENCODE, form, "encode")(text.encode()).decode()


@scalar("decode", 1)
def _decode(value: Any, form: Any) -> str | None:
    try:
        return _form(_DECODE, form, "decode")(string(value, "decode").encode()).decode()
    except (ValueError, binascii.Error):
        return None


@scalar("escape", 1)
def _escape(value: Any, form: Any) -> str:
    text = string(value, "escape")
    bounded(len(text) * 2)
    return _form(_ESCAPE, form, "escape")(text)


@scalar("unescape", 1)
def _unescape(value: Any, form: Any) -> str:
    return _form(_UNESCAPE, form, "unescape")(string(value, "unescape"))
