"""Where and why a JSON text is refused: the slow, careful reader behind the quick one.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/json.html; RFC 8259. Runs only on texts already refused.
"""

from __future__ import annotations

import json
import re
from typing import Literal, overload

from xinglin.kernel.errors import Issue

_TOKEN = re.compile(
    r"[ \t\n\r]*(?:"
    r'(?P<string>"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*")'
    r"|(?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<word>true|false|null)"
    r"|(?P<constant>NaN|-?Infinity)"
    r"|(?P<mark>[{}\[\]:,]))"
)
_RESOURCE_TYPE = re.compile(r'"resourceType"\s*:\s*"([A-Za-z]{1,40})"')


class _Found(Exception):
    def __init__(self, at: int, en: str, zh: str, code: str = "structure") -> None:
        self.issue = (at, en, zh, code)


@overload
def locate(text: str, max_depth: int, max_exponent: int, stop: int = -1) -> Issue: ...
@overload
def locate(
    text: str, max_depth: int, max_exponent: int, stop: int = -1, *, quiet: Literal[True]
) -> Issue | None: ...
def locate(
    text: str, max_depth: int, max_exponent: int, stop: int = -1, *, quiet: bool = False
) -> Issue | None:
    """Find the first thing that is refused; ``stop`` is where the quick reader gave up.

    With ``quiet`` a text that turns out to be fine gives ``None``.
    """
    walker = _Walker(text, max_depth, max_exponent)
    try:
        walker.run(stop)
    except _Found as found:
        at, en, zh, code = found.issue
    else:
        if quiet:
            return None
        at = stop if stop >= 0 else walker.at
        en, zh = _syntax(text, at)
        code = "structure"
    line = text.count("\n", 0, at) + 1
    column = at - text.rfind("\n", 0, at)
    place = walker.place()
    en = f"{en} (line {line}, column {column}, offset {at}{', in ' + place if place else ''})"
    zh = f"{zh}（第 {line} 行第 {column} 列，偏移 {at}{'，位于 ' + place if place else ''}）"
    return Issue(
        code, en, zh, (place,) if place else (), "fatal" if code == "structure" else "error"
    )


def _syntax(text: str, at: int) -> tuple[str, str]:
    seen = text[at : at + 12].split("\n", maxsplit=1)[0]
    if not seen:
        return (
            "The JSON text ends too early. Send the whole body.",
            "JSON 文本提前结束。请发送完整的请求体。",
        )
    return (
        f"Not valid JSON at {seen!r}. Correct the syntax here.",
        f"此处不是有效的 JSON：{seen!r}。请更正语法。",
    )


class _Walker:
    """Reads lexemes with a stack of its own, so that depth is no danger."""

    def __init__(self, text: str, max_depth: int, max_exponent: int) -> None:
        self.text = text
        self.max_depth = max_depth
        self.max_exponent = max_exponent
        self.at = 0
        self.keys: list[set[str] | None] = []
        self.steps: list[str | int] = []

    def place(self) -> str:
        """The FHIRPath location of the current lexeme."""
        root = _RESOURCE_TYPE.search(self.text)
        out = root[1] if root else ""
        for step in self.steps[: self.max_depth]:
            if isinstance(step, int):
                out += f"[{step}]"
            elif step:
                out += f".{step[:64]}" if out else step[:64]
        return out

    def run(self, stop: int) -> None:
        """Walk to the end, to ``stop``, or to the first thing refused."""
        expect_key = False
        while match := _TOKEN.match(self.text, self.at):
            kind = match.lastgroup or ""
            lexeme = match[kind]
            start = match.start(kind)
            if 0 <= stop <= start and kind != "constant":
                return
            self.at = start
            if kind == "mark":
                expect_key = self._mark(lexeme)
            elif kind == "string":
                self._string(lexeme, key=expect_key)
                expect_key = False
            else:
                self._scalar(kind, lexeme)
            self.at = match.end()

    def _mark(self, lexeme: str) -> bool:
        if lexeme in "{[":
            if len(self.keys) >= self.max_depth:
                raise _Found(
                    self.at,
                    f"Nested deeper than {self.max_depth} levels. Flatten the content.",
                    f"嵌套超过 {self.max_depth} 层。请减少嵌套。",
                    "too-long",
                )
            self.keys.append(set() if lexeme == "{" else None)
            self.steps.append("" if lexeme == "{" else 0)
        elif lexeme in "}]":
            if self.keys:
                self.keys.pop()
                self.steps.pop()
        elif lexeme == "," and self.steps and isinstance(self.steps[-1], int):
            self.steps[-1] += 1
        return lexeme in "{," and bool(self.keys) and self.keys[-1] is not None

    def _string(self, lexeme: str, *, key: bool) -> None:
        value: str = json.loads(lexeme)
        if key:
            seen = self.keys[-1]
            self.steps[-1] = value
            if seen is not None:
                if value in seen:
                    raise _Found(
                        self.at,
                        f"The property {value[:64]!r} is there twice. Send each property once.",
                        f"属性 {value[:64]!r} 重复出现。每个属性只能出现一次。",
                    )
                seen.add(value)
        if "\x00" in value:
            raise _Found(
                self.at,
                "The string has a NUL character (\\u0000). Remove it.",
                "字符串含有 NUL 字符（\\u0000）。请删除。",
                "value",
            )
        try:
            value.encode()
        except UnicodeEncodeError:
            raise _Found(
                self.at,
                "The string has half of a surrogate pair. Send whole characters.",
                "字符串含有不成对的代理项。请发送完整的字符。",
                "value",
            ) from None

    def _scalar(self, kind: str, lexeme: str) -> None:
        if kind == "constant":
            raise _Found(
                self.at,
                f"{lexeme} is no JSON number. Leave the element out or give a finite number.",
                f"{lexeme} 不是 JSON 数字。请省略该元素或给出有限的数。",
                "value",
            )
        if kind == "number" and self._too_large(lexeme):
            raise _Found(
                self.at,
                f"The number {lexeme[:20]}… is too big: at most {self.max_exponent} characters "
                f"and a size up to 1e±{self.max_exponent}. Check its unit.",
                f"数字 {lexeme[:20]}… 超出范围：最多 {self.max_exponent} 个字符，"
                f"数量级不超过 1e±{self.max_exponent}。请检查单位。",
                "value",
            )

    def _too_large(self, lexeme: str) -> bool:
        if len(lexeme) > self.max_exponent:
            return True
        mantissa, _, exponent = lexeme.lower().partition("e")
        if not exponent:
            return False
        if len(exponent.lstrip("+-0")) > 6:
            return True
        whole, _, fraction = mantissa.lstrip("-").partition(".")
        digits = (whole + fraction).lstrip("0")
        power = int(exponent) + (len(digits) - len(fraction) - 1 if digits else -len(fraction))
        return not -self.max_exponent <= power <= self.max_exponent
