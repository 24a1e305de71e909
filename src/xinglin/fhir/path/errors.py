"""What can be wrong with a FHIRPath expression, and how it is said.

FHIRPath N1 (2.0.0), http://hl7.org/fhirpath/N1/ §8 (lexical elements) and §4.5 (singletons).
"""

from __future__ import annotations

from typing import ClassVar, Literal

from xinglin.kernel.errors import Issue, Malformed

Kind = Literal["syntax", "semantic", "execution"]


class PathError(Malformed):
    """An expression that cannot be read or evaluated.

    ``at`` is the offset in the expression where the fault is, None when only the value is at fault.
    """

    kind: ClassVar[Kind] = "execution"

    def __init__(self, en: str, zh: str, *, at: int | None = None, source: str = "") -> None:
        self.en = en
        self.zh = zh
        self.at = at
        place = _place(source, at) if at is not None else None
        if place is not None:
            en = f"FHIRPath, {place[0]}: {en}"
            zh = f"FHIRPath，{place[1]}：{zh}"
        else:
            en, zh = f"FHIRPath: {en}", f"FHIRPath：{zh}"
        super().__init__(Issue(code="invalid", en=en, zh=zh))

    def placed(self, source: str, at: int | None = None) -> PathError:
        """Return the same error with its place in the source of the expression."""
        return type(self)(
            self.en, self.zh, at=self.at if self.at is not None else at, source=source
        )


class PathSyntaxError(PathError):
    """The text is no FHIRPath expression."""

    kind: ClassVar[Kind] = "syntax"


class PathSemanticError(PathError):
    """The expression can never be evaluated on this type: an unknown element or function."""

    kind: ClassVar[Kind] = "semantic"


class PathLimitError(PathError):
    """The evaluation was stopped because it goes beyond bounds: too many items, too long a text."""


def _place(source: str, at: int) -> tuple[str, str]:
    line = source.count("\n", 0, at) + 1
    column = at - (source.rfind("\n", 0, at) + 1) + 1
    near = " ".join(source[at : at + 20].split())
    if not near:
        return f"line {line} column {column} (the end)", f"第 {line} 行第 {column} 列（结尾）"
    return (
        f"line {line} column {column} (at ‘{near}’)",
        f"第 {line} 行第 {column} 列（“{near}”处）",
    )
