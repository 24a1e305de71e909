"""The primitive types: what a value must look like, and what to say when it does not.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/datatypes.html#primitive.
"""

from __future__ import annotations

import binascii
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from xinglin.fhir.validation.xhtml import problem as xhtml_problem

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_STRING: Final = 1024 * 1024

_YEAR = r"(?!0000)[0-9]{4}"
_LEAP = r"(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)"
_DAY = (
    rf"(?:{_YEAR}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    rf"|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    rf"|02-(?:0[1-9]|1[0-9]|2[0-8]))|(?!0000){_LEAP}-02-29)"
)
_MONTH = rf"{_YEAR}(?:-(?:0[1-9]|1[0-2]))?"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?"
_ZONE = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_UUID = r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_TEXT = rf"(?s:(?=\s*\S).{{1,{MAX_STRING}}})"

PATTERNS: Final[dict[str, re.Pattern[str]]] = {
    name: re.compile(pattern, re.ASCII)
    for name, pattern in {
        "string": _TEXT,
        "markdown": _TEXT,
        "code": r"[^\s]+(?:\s[^\s]+)*",
        "id": r"[A-Za-z0-9\-.]{1,64}",
        "uri": r"\S+",
        "url": r"\S+",
        "canonical": r"\S+",
        "oid": r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+",
        "uuid": _UUID,
        "date": rf"{_DAY}|{_MONTH}",
        "dateTime": rf"{_DAY}(?:T{_TIME}{_ZONE})?|{_MONTH}",
        "instant": rf"{_DAY}T{_TIME}{_ZONE}",
        "time": _TIME,
    }.items()
}

BINDING_PATTERNS: Final[dict[str, re.Pattern[str]]] = {
    "http://hl7.org/fhir/ValueSet/mimetypes": re.compile(
        r"(?:[\w!#$&^.+-]+/[\w!#$&^.+*-]+(?:\s*;.*)?|xml|json|ttl)", re.ASCII
    ),
    "http://hl7.org/fhir/ValueSet/currencies": re.compile(r"[A-Z]{3}", re.ASCII),
}
"""Required value sets that no list holds: MIME types (BCP 13), currencies (ISO 4217)."""

_INTEGERS: Final[dict[str, int]] = {"integer": -(2**31), "unsignedInt": 0, "positiveInt": 1}
_MAX_INTEGER: Final = 2**31 - 1

_HINTS: Final[dict[str, tuple[str, str]]] = {
    "string": (
        "it needs at least one visible character and at most 1,048,576 in all",
        "至少要有一个可见字符，且不超过 1048576 个字符",
    ),
    "code": (
        "a code has no space at either end and no double spaces",
        "代码首尾不能有空格，中间不能有连续空格",
    ),
    "id": (
        "use 1 to 64 of the characters A-Z a-z 0-9 - .",
        "请使用 1 到 64 个字符，仅限 A-Z a-z 0-9 - .",
    ),
    "uri": ("an address has no spaces and is not empty", "地址不能为空，也不能含空格"),
    "oid": ("write it as urn:oid:1.2.3", "请写成 urn:oid:1.2.3 的形式"),
    "uuid": (
        "write it as urn:uuid: and a lower-case UUID",
        "请写成 urn:uuid: 加小写 UUID 的形式",
    ),
    "date": (
        "write YYYY, YYYY-MM or YYYY-MM-DD, a day that exists",
        "请写成 YYYY、YYYY-MM 或 YYYY-MM-DD，且日期必须存在",
    ),
    "dateTime": (
        "write YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss+zz:zz, with a day that exists",
        "请写成 YYYY、YYYY-MM、YYYY-MM-DD 或 YYYY-MM-DDThh:mm:ss+zz:zz，且日期必须存在",
    ),
    "instant": (
        "write YYYY-MM-DDThh:mm:ss.sss+zz:zz with seconds and a zone, a day that exists",
        "请写成 YYYY-MM-DDThh:mm:ss.sss+zz:zz，须有秒和时区，且日期必须存在",
    ),
    "time": ("write hh:mm:ss, without a zone", "请写成 hh:mm:ss，不带时区"),
    "base64Binary": (
        "write it in base64 with its padding",
        "请使用带填充的 base64 编码",
    ),
    "boolean": ("write true or false without quotes", "请写成不带引号的 true 或 false"),
    "integer": (
        "write a whole number from -2147483648 to 2147483647 without quotes",
        "请写成不带引号的整数，范围 -2147483648 到 2147483647",
    ),
    "unsignedInt": (
        "write a whole number from 0 to 2147483647 without quotes",
        "请写成不带引号的整数，范围 0 到 2147483647",
    ),
    "positiveInt": (
        "write a whole number from 1 to 2147483647 without quotes",
        "请写成不带引号的整数，范围 1 到 2147483647",
    ),
    "decimal": ("write a number without quotes", "请写成不带引号的数字"),
}
_HINTS["markdown"] = _HINTS["string"]
_HINTS["url"] = _HINTS["canonical"] = _HINTS["uri"]


def _is_boolean(value: Any) -> bool:
    return value is True or value is False


def _is_decimal(value: Any) -> bool:
    # An int is exact too; a float is not, and bool is an int only to Python.
    return type(value) is int or (isinstance(value, Decimal) and value.is_finite())


def _is_integer(value: Any) -> bool:
    return type(value) is int and -(2**31) <= value <= _MAX_INTEGER


def _is_unsigned(value: Any) -> bool:
    return type(value) is int and 0 <= value <= _MAX_INTEGER


def _is_positive(value: Any) -> bool:
    return type(value) is int and 1 <= value <= _MAX_INTEGER


def _is_base64(value: Any) -> bool:
    if not isinstance(value, str) or not value:
        return False
    try:
        binascii.a2b_base64(value, strict_mode=True)
    except ValueError:
        return _is_spaced_base64(value)
    return True


def _is_spaced_base64(value: str) -> bool:
    """Base64 may be broken into lines, which the strict reader refuses."""
    packed = "".join(value.split())
    if packed == value or not packed:
        return False
    try:
        binascii.a2b_base64(packed, strict_mode=True)
    except ValueError:
        return False
    return True


def _is_xhtml(value: Any) -> bool:
    return isinstance(value, str) and xhtml_problem(value) is None


CHECKS: Final[dict[str, Callable[[Any], Any]]] = {
    **{name: pattern.fullmatch for name, pattern in PATTERNS.items()},
    "boolean": _is_boolean,
    "decimal": _is_decimal,
    "integer": _is_integer,
    "unsignedInt": _is_unsigned,
    "positiveInt": _is_positive,
    "base64Binary": _is_base64,
    "xhtml": _is_xhtml,
}
"""For each type a call that is true of a valid value; it may raise TypeError for a wrong one."""


def problem(code: str, value: Any) -> tuple[str, str] | None:
    """What is wrong with this value of this primitive type, in English and Chinese, or ``None``."""
    if code == "xhtml" and isinstance(value, str):
        return xhtml_problem(value)
    try:
        if CHECKS[code](value):
            return None
    except TypeError:
        pass
    en, zh = _HINTS.get(code, _HINTS["string"])
    shown = _show(value)
    return f"{shown} is no valid {code}: {en}.", f"{shown} 不是有效的 {code}：{zh}。"


def _show(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{…}"
    if isinstance(value, list):
        return "[…]"
    if isinstance(value, int) and value.bit_length() > 200:
        return "…"
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:60] + '…"'
