"""The parser: tokens to a syntax tree, by precedence climbing.

FHIRPath N1 (2.0.0) §6.8 (operator precedence) and §12 (grammar).
"""

from __future__ import annotations

from decimal import Decimal

from xinglin.fhir.path import syntax as s
from xinglin.fhir.path.errors import PathError, PathSyntaxError
from xinglin.fhir.path.lexer import Token, tokens
from xinglin.fhir.path.values import CALENDAR_UNITS, Quantity, temporal

MAX_DEPTH = 100
MAX_HEIGHT = 150

_BINARY = {
    "implies": 1,
    "or": 2, "xor": 2,
    "and": 3,
    "in": 4, "contains": 4,
    "=": 5, "~": 5, "!=": 5, "!~": 5,
    "<=": 6, "<": 6, ">": 6, ">=": 6,
    "|": 7,
    "is": 8, "as": 8,
    "+": 9, "-": 9, "&": 9,
    "*": 10, "/": 10, "div": 10, "mod": 10,
}  # fmt: skip
_WORDS = frozenset({"implies", "or", "xor", "and", "in", "contains", "is", "as", "div", "mod"})


def parse(source: str) -> s.Node:
    """Parse an expression; PathSyntaxError with its place when it is none."""
    return _Parser(source).whole()


class _Parser:
    def __init__(self, source: str) -> None:
        self.source = source
        self.tokens = tokens(source)
        self.position = 0
        self.depth = 0
        self.heights: dict[int, int] = {}
        self.defines = "defineVariable" in source

    def whole(self) -> s.Node:
        tree = self.expression(1)
        if self.peek.kind != "end":
            raise self.fail("an operator or the end is expected here", "此处应为运算符或表达式结尾")
        return tree

    @property
    def peek(self) -> Token:
        return self.tokens[self.position]

    def next(self) -> Token:
        token = self.tokens[self.position]
        self.position += 1
        return token

    def fail(self, en: str, zh: str, token: Token | None = None) -> PathSyntaxError:
        at = (token or self.peek).at
        return PathSyntaxError(en, zh, at=at, source=self.source)

    def symbol(self, text: str) -> bool:
        if self.peek.kind == "symbol" and self.peek.text == text:
            self.position += 1
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.symbol(text):
            raise self.fail(f"‘{text}’ is expected here", f"此处应为“{text}”")

    def grown(self, node: s.Node, *below: s.Node | None) -> s.Node:
        """Keep the height of the tree in bounds: chains count as much as brackets."""
        height = 1 + max((self.heights.get(id(b), 0) for b in below), default=0)
        if height > MAX_HEIGHT:
            raise self.fail(
                f"more than {MAX_HEIGHT} steps deep; simplify it", f"超过 {MAX_HEIGHT} 层，请简化"
            )
        self.heights[id(node)] = height
        return node

    def scope(self, node: s.Node) -> s.Node:
        return s.Scope(node.at, node) if self.defines else node

    def expression(self, lowest: int) -> s.Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fail(
                f"nested more than {MAX_DEPTH} deep; simplify it",
                f"嵌套超过 {MAX_DEPTH} 层，请简化",
            )
        left = self.unary()
        while True:
            operator = self.operator()
            if operator is None or _BINARY[operator.text] < lowest:
                break
            self.position += 1
            if operator.text in ("is", "as"):
                typed = s.TypeOperation(operator.at, operator.text, left, self.type_name())
                left = self.grown(typed, left)
            else:
                right = self.expression(_BINARY[operator.text] + 1)
                joined = s.Binary(operator.at, operator.text, self.scope(left), self.scope(right))
                left = self.grown(joined, left, right)
        self.depth -= 1
        return left

    def operator(self) -> Token | None:
        token = self.peek
        if token.kind == "symbol":
            return token if token.text in _BINARY else None
        return token if token.kind == "identifier" and token.text in _WORDS else None

    def type_name(self) -> str:
        name = self.name()
        return f"{name}.{self.name()}" if self.symbol(".") else name

    def name(self) -> str:
        token = self.next()
        if token.kind not in ("identifier", "delimited"):
            raise self.fail("a name is expected here", "此处应为名称", token)
        return token.text

    def unary(self) -> s.Node:
        token = self.peek
        if token.kind == "symbol" and token.text in "+-":
            self.position += 1
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise self.fail("too many signs in a row; remove some", "连续符号过多，请减少")
            operand = self.unary()
            self.depth -= 1
            return self.grown(s.Polarity(token.at, token.text, operand), operand)
        return self.postfix(self.term())

    def postfix(self, node: s.Node) -> s.Node:
        while True:
            if self.symbol("."):
                node = self.invocation(node)
            elif self.peek.kind == "symbol" and self.peek.text == "[":
                at = self.next().at
                index = self.expression(1)
                node = self.grown(s.Index(at, node, index), node, index)
                self.expect("]")
            else:
                return node

    def invocation(self, target: s.Node | None) -> s.Node:
        at = self.peek.at
        if target is not None and self.peek.kind == "special":
            raise self.fail(
                "$this, $index and $total stand alone", "$this、$index、$total 须单独使用"
            )
        name = self.name()
        if self.symbol("("):
            arguments = self.arguments()
            if name not in ("is", "as", "ofType"):
                arguments = tuple(self.scope(a) for a in arguments)
            return self.grown(s.Call(at, target, name, arguments), target, *arguments)
        return self.grown(s.Member(at, target, name), target)

    def arguments(self) -> tuple[s.Node, ...]:
        if self.symbol(")"):
            return ()
        found = [self.expression(1)]
        while self.symbol(","):
            found.append(self.expression(1))
        self.expect(")")
        return tuple(found)

    def term(self) -> s.Node:
        token = self.peek
        if token.kind == "identifier" and token.text in ("true", "false"):
            self.position += 1
            return s.Literal(token.at, (token.text == "true",))
        if token.kind in ("identifier", "delimited"):
            return self.invocation(None)
        self.position += 1
        match token.kind:
            case "string":
                return s.Literal(token.at, (token.text,))
            case "number":
                return self.number(token)
            case "temporal":
                return self.temporal(token)
            case "external":
                return s.External(token.at, token.text)
            case "special" if token.text in ("$this", "$index", "$total"):
                return s.This(token.at, token.text)
            case "symbol" if token.text == "(":
                inner = self.expression(1)
                self.expect(")")
                return inner
            case "symbol" if token.text == "{":
                self.expect("}")
                return s.Literal(token.at, ())
            case _:
                raise self.fail("a value or a name is expected here", "此处应为值或名称", token)

    def number(self, token: Token) -> s.Node:
        unit = self.peek
        if unit.kind == "string":
            self.position += 1
            return s.Literal(token.at, (Quantity(Decimal(token.text), unit.text),))
        if unit.kind == "identifier" and unit.text in CALENDAR_UNITS:
            self.position += 1
            quantity = Quantity(Decimal(token.text), unit.text, calendar=True)
            return s.Literal(token.at, (quantity,))
        return s.Literal(token.at, (Decimal(token.text) if "." in token.text else int(token.text),))

    def temporal(self, token: Token) -> s.Node:
        try:
            return s.Literal(token.at, (temporal(token.text[1:]),))
        except PathError as error:
            raise self.fail(error.en, error.zh, token) from None
