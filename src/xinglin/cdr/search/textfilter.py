"""Parses ``_filter``: a logical expression over search parameters.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search_filter.html#grammar.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from .names import unknown
from .query import Both, Chained, Compared, Either, Expr, Negated, Reversed
from .values import refuse

if TYPE_CHECKING:
    from xinglin.fhir.search import SearchParam, SearchParameters
    from xinglin.kernel.errors import Malformed

PLACE: Final = "_filter"
_ALL: Final = "eq ne co sw ew gt lt ge le ap sa eb pr po ss sb in re ni"
OPERATORS: Final = frozenset(_ALL.split())
FITTING: Final = {
    "string": ("eq", "ne", "co", "sw", "ew", "gt", "lt", "ge", "le", "pr"),
    "token": ("eq", "ne", "co", "sw", "ew", "pr", "ss", "sb", "in", "ni"),
    "uri": ("eq", "ne", "co", "sw", "ew", "pr", "ss", "sb"),
    "reference": ("eq", "ne", "re", "pr", "ss", "sb"),
    "date": ("eq", "ne", "gt", "lt", "ge", "le", "ap", "sa", "eb", "po", "pr"),
    "number": ("eq", "ne", "gt", "lt", "ge", "le", "ap", "sa", "eb", "pr"),
    "quantity": ("eq", "ne", "gt", "lt", "ge", "le", "ap", "sa", "eb", "pr"),
    "composite": ("eq", "ne", "pr"),
    "special": (),
}
MAX_DEPTH: Final = 24
MAX_TERMS: Final = 200
_LEXEME = re.compile(
    r"""\s*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<mark>[()\[\]])|(?P<word>[^\s()\[\]"]+))""",
    re.DOTALL,
)
_UNESCAPE = re.compile(r"\\(.)", re.DOTALL)


class Lexeme(NamedTuple):
    """One word, mark or quoted string and where it begins."""

    kind: str
    text: str
    at: int


def parse(registry: SearchParameters, type_: str, text: str) -> Expr:
    """The expression of a filter on ``type_``. Raises Malformed, or Unknown for a parameter."""
    return _Reader(registry, text).whole(type_)


class _Reader:
    """Recursive descent: ``or`` binds least, then ``and``, then ``not``."""

    def __init__(self, registry: SearchParameters, text: str) -> None:
        self.registry = registry
        self.text = text
        self.lexemes = self.read()
        self.at = 0
        self.terms = 0

    def read(self) -> list[Lexeme]:
        found: list[Lexeme] = []
        at = 0
        while self.text[at:].strip():
            match = _LEXEME.match(self.text, at)
            if match is None:
                raise self.wrong(at, "a string without its end", "未结束的字符串")
            kind = match.lastgroup or ""
            found.append(Lexeme(kind, match[kind], match.start(kind)))
            at = match.end()
        return found

    def whole(self, type_: str) -> Expr:
        found = self.either(type_, 0)
        if self.at < len(self.lexemes):
            lexeme = self.lexemes[self.at]
            raise self.wrong(lexeme.at, f"'{lexeme.text[:20]}'", f"“{lexeme.text[:20]}”")
        return found

    def peek(self) -> Lexeme:
        if self.at < len(self.lexemes):
            return self.lexemes[self.at]
        return Lexeme("end", "", len(self.text))

    def take(self, kind: str = "", text: str = "") -> Lexeme:
        lexeme = self.peek()
        if lexeme.kind == "end" or (kind and lexeme.kind != kind) or (text and lexeme.text != text):
            found = f"'{lexeme.text[:20]}'" if lexeme.text else "the end"
            shown = f"“{lexeme.text[:20]}”" if lexeme.text else "结尾"
            raise self.wrong(lexeme.at, found, shown)
        self.at += 1
        return lexeme

    def wrong(self, at: int, en: str, zh: str) -> Malformed:
        return refuse(
            PLACE,
            f"'_filter' cannot be read: {en} at position {at + 1}. An example that can:"
            ' given eq "Peter" and birthdate ge 2014-10-10.',
            f"“_filter”无法解析：位置 {at + 1} 处为{zh}。"
            '正确示例：given eq "Peter" and birthdate ge 2014-10-10。',
            "invalid",
        )

    def word(self, *texts: str) -> bool:
        lexeme = self.peek()
        if lexeme.kind == "word" and lexeme.text in texts:
            self.at += 1
            return True
        return False

    def either(self, type_: str, depth: int) -> Expr:
        parts = [self.both(type_, depth)]
        while self.word("or"):
            parts.append(self.both(type_, depth))
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def both(self, type_: str, depth: int) -> Expr:
        parts = [self.single(type_, depth)]
        while self.word("and"):
            parts.append(self.single(type_, depth))
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def single(self, type_: str, depth: int) -> Expr:
        if depth > MAX_DEPTH:
            raise refuse(
                PLACE,
                f"'_filter' nests more than {MAX_DEPTH} levels; simplify it.",
                f"“_filter”嵌套超过 {MAX_DEPTH} 层，请简化。",
                "too-costly",
            )
        negative = self.word("not")
        if self.peek().text == "(" and self.peek().kind == "mark":
            self.take()
            found = self.either(type_, depth + 1)
            self.take("mark", ")")
        elif negative:
            lexeme = self.peek()
            raise self.wrong(lexeme.at, "'not' without parentheses", "“not”后缺少括号")
        else:
            found = self.comparison(type_, depth)
        return Negated(found) if negative else found

    def comparison(self, type_: str, depth: int) -> Expr:
        self.terms += 1
        if self.terms > MAX_TERMS:
            raise refuse(
                PLACE,
                f"'_filter' has more than {MAX_TERMS} comparisons; split the search.",
                f"“_filter”的比较超过 {MAX_TERMS} 个，请拆分检索。",
                "too-costly",
            )
        path = self.take("word")
        return self.path(type_, path, path.text, depth)

    def path(self, type_: str, lexeme: Lexeme, text: str, depth: int) -> Expr:
        """``code op value``, ``code.code op value``, ``code:Type.code``, ``code[filter].code``."""
        head, dot, rest = text.partition(".")
        code, _, target = head.partition(":")
        if code == "_has":
            return self.reverse(type_, lexeme, text, depth)
        param = self.registry.get(type_, code)
        if param is None:
            raise unknown(PLACE, type_, code[:60])
        if dot:
            return self.chained(type_, param, target, lexeme, rest, depth)
        if target:
            raise self.wrong(lexeme.at, f"'{text[:40]}'", f"“{text[:40]}”")
        if self.peek().text == "[" and self.peek().kind == "mark":
            return self.bracketed(type_, param, depth)
        return self.compared(type_, param)

    def bracketed(self, type_: str, param: SearchParam, depth: int) -> Expr:
        """``subject[name eq "x"].birthdate ge 2000``: both hold for the same target."""
        self.take("mark", "[")
        start = self.at
        branches: list[Expr] = []
        end = start
        for target in param.targets or self.registry.types:
            self.at = start
            try:
                inner = self.either(target, depth + 1)
                self.take("mark", "]")
                following = self.take("word")
                if not following.text.startswith("."):
                    raise self.wrong(following.at, f"'{following.text[:20]}'", "“.”缺失")
                outer = self.path(target, following, following.text[1:], depth + 1)
            except LookupError:
                continue
            end = self.at
            branches.append(Chained(type_, param, target, Both((inner, outer))))
        if not branches:
            raise unknown(PLACE, type_, param.code)
        self.at = end
        return branches[0] if len(branches) == 1 else Either(tuple(branches))

    def chained(  # noqa: PLR0917 - one step of a descent needs all of it
        self,
        type_: str,
        param: SearchParam,
        target: str,
        lexeme: Lexeme,
        rest: str,
        depth: int,
    ) -> Expr:
        if param.kind != "reference" or depth > MAX_DEPTH:
            raise self.wrong(lexeme.at, f"'{lexeme.text[:40]}'", f"“{lexeme.text[:40]}”")
        if target and target not in (param.targets or self.registry.types):
            raise self.wrong(lexeme.at, f"'{target[:40]}'", f"“{target[:40]}”")
        start, end = self.at, self.at
        branches: list[Expr] = []
        for one in (target,) if target else param.targets or self.registry.types:
            self.at = start
            try:
                inner = self.path(one, lexeme, rest, depth + 1)
            except LookupError:
                continue
            end = self.at
            branches.append(Chained(type_, param, one, inner))
        if not branches:
            raise unknown(PLACE, type_, rest[:60])
        self.at = end
        return branches[0] if len(branches) == 1 else Either(tuple(branches))

    def reverse(self, type_: str, lexeme: Lexeme, text: str, depth: int) -> Expr:
        """``_has:Observation:subject:code eq x`` and ``_has:Observation:subject.code``."""
        parts = re.split(r"[:.]", text, maxsplit=3)
        if len(parts) < 4 or parts[1] not in self.registry.types:
            raise self.wrong(lexeme.at, f"'{text[:40]}'", f"“{text[:40]}”")
        param = self.registry.get(parts[1], parts[2])
        if param is None or param.kind != "reference":
            raise unknown(PLACE, parts[1], parts[2][:60])
        if param.targets and type_ not in param.targets:
            raise self.wrong(lexeme.at, f"'{text[:40]}'", f"“{text[:40]}”")
        return Reversed(parts[1], param, self.path(parts[1], lexeme, parts[3], depth + 1))

    def compared(self, type_: str, param: SearchParam) -> Compared:
        lexeme = self.take("word")
        op = lexeme.text
        if op not in OPERATORS:
            raise self.wrong(lexeme.at, f"'{op[:20]}'", f"“{op[:20]}”")
        if op not in FITTING[param.kind]:
            fitting = ", ".join(FITTING[param.kind])
            raise refuse(
                PLACE,
                f"'{op}' does not fit '{param.code}' ({param.kind}) in '_filter'; use {fitting}.",
                f"“_filter”中“{op}”不适用于“{param.code}”（{param.kind}）；可用 {fitting}。",
                "not-supported",
            )
        value = self.take()
        if value.kind == "mark":
            raise self.wrong(value.at, f"'{value.text}'", f"“{value.text}”")
        text = value.text
        if value.kind == "string":
            text = _UNESCAPE.sub(r"\1", text[1:-1])
        if op == "pr" and text not in {"true", "false"}:
            raise self.wrong(value.at, f"'{text[:20]}'", f"“{text[:20]}”")
        if not text:
            raise self.wrong(value.at, "an empty value", "空值")
        return Compared(type_, param, op, text, PLACE)
