"""The syntax tree of a FHIRPath expression.

FHIRPath N1 (2.0.0) §12, http://hl7.org/fhirpath/N1/#appendix-b--grammar; one class for each form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Node:
    """Any form; ``at`` is its offset in the source."""

    at: int


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A constant collection: a literal, or the empty collection ``{}``."""

    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class This(Node):
    """One of ``$this``, ``$index`` or ``$total``."""

    name: str


@dataclass(frozen=True, slots=True)
class External(Node):
    """An external constant: ``%name``."""

    name: str


@dataclass(frozen=True, slots=True)
class Member(Node):
    """An element of the target; without a target, of ``$this``, or a type name."""

    target: Node | None
    name: str


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function on the target, or on ``$this``."""

    target: Node | None
    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Index(Node):
    """``target[index]``."""

    target: Node
    index: Node


@dataclass(frozen=True, slots=True)
class Polarity(Node):
    """``+`` or ``-`` before an operand."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """Two operands and what joins them."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class TypeOperation(Node):
    """``operand is Type`` or ``operand as Type``; the type as written, e.g. ``FHIR.Patient``."""

    operator: str
    operand: Node
    type_name: str


@dataclass(frozen=True, slots=True)
class Scope(Node):
    """An argument or operand in whose bounds defineVariable() defines; elsewhere there is none."""

    inner: Node
