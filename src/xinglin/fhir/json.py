"""FHIR JSON to Python dicts and back, exact to the last zero of a number.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/json.html; RFC 8259.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from itertools import accumulate
from typing import Any, Final, Self

import msgspec

from xinglin.fhir.json_place import locate
from xinglin.kernel.errors import Issue, Malformed, TooLarge

MAX_DEPTH: Final = 64
"""Levels of objects and arrays; the deepest official example has 17."""

MAX_EXPONENT: Final = 999
"""A decimal beyond 1e±999 is refused: nothing measured needs it, and expanding it would hang."""


MAX_SEARCHED: Final = 8_000_000
"""Characters that are searched for the place of a fault; longer texts only hear what it is."""


class FhirDecimal(Decimal):
    """A decimal that remembers how it was written: ``128.50`` stays ``128.50``, ``1e-7`` too."""

    __slots__ = ("lex",)
    lex: str

    def __new__(cls, lex: str) -> Self:
        """Read the lexical form of a JSON number."""
        self = _new_decimal(cls, lex)
        self.lex = lex
        return self

    def __str__(self) -> str:
        return self.lex

    def __repr__(self) -> str:
        return f"FhirDecimal({self.lex!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (FhirDecimal, (self.lex,))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: Any) -> Self:
        return self


_new_decimal = Decimal.__new__


class _Refused(ValueError):
    """Raised inside the scanner; the place is worked out afterwards, as only then it matters."""

    def __init__(self, en: str, zh: str) -> None:
        self.en = en
        self.zh = zh


def decode(body: bytes, max_bytes: int = 0, max_depth: int = MAX_DEPTH) -> dict[str, Any]:
    """Read one JSON object; numbers with a point or exponent become :class:`FhirDecimal`.

    ``max_bytes`` 0 means no limit. Raises ``Malformed`` (or ``TooLarge``) with the place.
    """
    if max_bytes and len(body) > max_bytes:
        raise TooLarge(
            Issue(
                "too-long",
                f"The body has {len(body)} bytes; at most {max_bytes} are read. "
                "Send it in several requests.",
                f"请求体有 {len(body)} 字节，最多接收 {max_bytes} 字节。请拆成多个请求发送。",
            )
        )
    text = _text(body)
    try:
        value = _scanner.decode(text)
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise Malformed(_explain(error, text, max_depth)) from None
    if type(value) is not dict:
        raise Malformed(_not_an_object(value))
    _check_depth(text, max_depth)
    if "\\" in text and _UNSAFE_ESCAPE.search(text):
        _check_escapes(text, max_depth)
    return value


def encode(value: Any) -> bytes:
    """Write the exact bytes to store and to send: no spaces, keys in order, numbers as read."""
    return _encoder.encode(value)


def _text(body: bytes) -> str:
    if body.startswith(b"\xef\xbb\xbf"):
        body = body[3:]
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise Malformed(
            Issue(
                "structure",
                f"The body is not UTF-8: invalid byte at offset {error.start}. "
                "Send JSON encoded as UTF-8.",
                f"请求体不是 UTF-8：第 {error.start} 字节处无效。请以 UTF-8 编码发送 JSON。",
            )
        ) from None


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _Refused("A property is there twice.", "有属性重复出现。")
    return value


def _decimal(lex: str) -> FhirDecimal:
    if len(lex) > MAX_EXPONENT:
        raise _too_big()
    number = FhirDecimal(lex)
    if not -MAX_EXPONENT <= number.adjusted() <= MAX_EXPONENT:
        raise _too_big()
    return number


def _too_big() -> _Refused:
    return _Refused("A number is too big.", "有数字过大。")


def _integer(lex: str) -> int | FhirDecimal:
    """An integer that ``int`` would not give back as it was written, or only slowly."""
    if lex == "-0" or len(lex) > 18:
        return _decimal(lex)
    return int(lex)


def _constant(name: str) -> Any:
    raise _Refused(f"{name} is no JSON number.", f"{name} 不是 JSON 数字。")


_scanner = json.JSONDecoder(
    object_pairs_hook=_pairs,
    parse_float=_decimal,
    parse_int=_integer,
    parse_constant=_constant,
)


def _check_depth(text: str, max_depth: int) -> None:
    if text.count("{") + text.count("[") <= max_depth:
        return
    bare = _ESCAPE.sub("", text) if "\\" in text else text
    steps = "".join(bare.split('"')[::2]).encode("ascii", "ignore").translate(_STEP, _NO_BRACKET)
    if max(accumulate(memoryview(steps).cast("b")), default=0) > max_depth:
        raise Malformed(locate(text, max_depth, MAX_EXPONENT))


_ESCAPE = re.compile(r"\\.")
_UNSAFE_ESCAPE = re.compile(
    r"\\u(?:0000|[dD][89abAB]..(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..\\u)[dD][c-fC-F])"
)
"""NUL, or half a surrogate pair; perhaps, as the backslash may itself be escaped."""

_STEP = bytes(1 if c in b"{[" else 255 for c in range(256))
_NO_BRACKET = bytes(c for c in range(256) if c not in b"{}[]")


def _check_escapes(text: str, max_depth: int) -> None:
    r"""``\u0000`` cannot be stored, half a surrogate pair cannot be sent."""
    if len(text) > MAX_SEARCHED:
        raise Malformed(
            _unplaced("A string has NUL or half a character.", "有字符串含 NUL 或半个字符。")
        )
    issue = locate(text, max_depth, MAX_EXPONENT, quiet=True)
    if issue is not None:
        raise Malformed(issue)


def _explain(error: Exception, text: str, max_depth: int) -> Issue:
    if isinstance(error, json.JSONDecodeError):
        return locate(text, max_depth, MAX_EXPONENT, error.pos)
    if isinstance(error, _Refused) and len(text) > MAX_SEARCHED:
        return _unplaced(error.en, error.zh)
    return locate(text, max_depth, MAX_EXPONENT)


def _unplaced(en: str, zh: str) -> Issue:
    return Issue(
        "structure",
        f"{en} The body is too long to say where; send it in parts to be told.",
        f"{zh}请求体过长，无法指出位置；请分批发送以查明。",
        (),
        "fatal",
    )


def _not_an_object(value: Any) -> Issue:
    kind = "an array" if isinstance(value, list) else "a single value"
    kind_zh = "数组" if isinstance(value, list) else "单个值"
    return Issue(
        "structure",
        f"The body is {kind}; send one JSON object with a resourceType.",
        f"请求体是{kind_zh}；请发送一个带 resourceType 的 JSON 对象。",
    )


def _hook(value: Any) -> Any:
    if isinstance(value, FhirDecimal):
        return msgspec.Raw(value.lex.encode())
    raise NotImplementedError


_encoder = msgspec.json.Encoder(enc_hook=_hook, decimal_format="number")
