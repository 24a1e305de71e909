"""The lexer: FHIRPath text to tokens.

FHIRPath N1 (2.0.0) §8, http://hl7.org/fhirpath/N1/#lexical-elements, and the grammar in §12.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from xinglin.fhir.path.errors import PathSyntaxError

MAX_LENGTH = 16_384

_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\r\n]+|//[^\r\n]*|/\*.*?\*/)
  | (?P<unfinished>/\*)
  | (?P<temporal>@(?:
        \d{4}(?:-\d\d(?:-\d\d)?)?
        (?:T(?:\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?(?:Z|[+-]\d\d:\d\d)?)?)?
      | T\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?))
  | (?P<number>\d+(?:\.\d+)?)
  | (?P<identifier>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<delimited>`(?:[^`\\]|\\.)*`)
  | (?P<string>'(?:[^'\\]|\\.)*')
  | (?P<special>\$[A-Za-z]+)
  | (?P<external>%(?:[A-Za-z_][A-Za-z0-9_]*|`(?:[^`\\]|\\.)*`|'(?:[^'\\]|\\.)*'))
  | (?P<symbol><=|>=|!=|!~|[~=<>()\[\]{}.,+\-*/&|])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPES = {
    "'": "'", '"': '"', "`": "`", "r": "\r", "n": "\n", "t": "\t", "f": "\f", "\\": "\\", "/": "/",
}  # fmt: skip


class Token(NamedTuple):
    """One token: its kind, its text (unescaped for strings and names), and its offset."""

    kind: str
    text: str
    at: int


def tokens(source: str) -> list[Token]:
    """Split an expression into tokens; the last one has the kind ``end``."""
    if len(source) > MAX_LENGTH:
        raise PathSyntaxError(
            f"the expression is longer than {MAX_LENGTH} characters; shorten it",
            f"表达式超过 {MAX_LENGTH} 个字符，请缩短",
        )
    found: list[Token] = []
    at = 0
    while at < len(source):
        match = _TOKEN.match(source, at)
        kind = match.lastgroup if match else None
        if match is None or kind is None or kind == "unfinished":
            raise _unreadable(source, at, kind)
        if kind != "space":
            found.append(_token(kind, match.group(), at, source))
        at = match.end()
    found.append(Token("end", "", len(source)))
    return found


def _token(kind: str, text: str, at: int, source: str) -> Token:
    if kind == "string":
        return Token(kind, _unescape(text[1:-1], at, source), at)
    if kind == "delimited":
        return Token(kind, _unescape(text[1:-1], at, source), at)
    if kind == "external":
        name = text[1:] if text[1] not in "`'" else _unescape(text[2:-1], at, source)
        return Token(kind, name, at)
    return Token(kind, text, at)


def _unescape(text: str, at: int, source: str) -> str:
    if "\\" not in text:
        return text

    def replace(match: re.Match[str]) -> str:
        escape = match.group(1)
        if len(escape) == 5:
            return chr(int(escape[1:], 16))
        if escape not in _ESCAPES:
            raise PathSyntaxError(
                f"‘\\{escape}’ is no escape; write ‘\\\\{escape}’ for a backslash",
                f"“\\{escape}”不是转义符；反斜杠请写作“\\\\{escape}”",
                at=at,
                source=source,
            )
        return _ESCAPES[escape]

    return _ESCAPE.sub(replace, text)


def _unreadable(source: str, at: int, kind: str | None) -> PathSyntaxError:
    char = source[at]
    if kind == "unfinished":
        return PathSyntaxError(
            "the comment is not closed; end it with ‘*/’", "注释没有结束，请加上“*/”",
            at=at, source=source,
        )  # fmt: skip
    if char in "'`":
        return PathSyntaxError(
            f"the text is not closed; end it with {char}", f"文本没有结束，请加上 {char}",
            at=at, source=source,
        )  # fmt: skip
    return PathSyntaxError(
        "this cannot be read as FHIRPath; remove or quote it",
        "此处不是 FHIRPath，请删除或加引号",
        at=at,
        source=source,
    )
