"""The extraction plan of one type: a tree of properties with handlers at its leaves.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/searchparameter.html; made once from the tables.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from xinglin.cdr.index import composites
from xinglin.cdr.index.evaluated import evaluated
from xinglin.cdr.index.keys import KeySpace
from xinglin.cdr.index.references import first_entry
from xinglin.cdr.index.referring import References, refer
from xinglin.fhir.search import parse_branch, search_parameters

if TYPE_CHECKING:
    from xinglin.cdr.index.handlers import Handler, Maker, Out
    from xinglin.fhir.search import Branch, SearchParam, SearchParameters, Step

_DATES: Final = frozenset(("date", "dateTime", "instant", "Period", "Timing"))


@dataclass(slots=True)
class _Node:
    """One property. ``tested`` are the same property once more, for values that pass a test."""

    children: dict[str, _Node] = field(default_factory=dict[str, "_Node"])
    handlers: list[Handler] = field(default_factory=list["Handler"])
    bits: int = 0
    tested: list[tuple[str, Callable[[Any, int], bool], _Node]] = field(
        default_factory=list[tuple[str, "Callable[[Any, int], bool]", "_Node"]]
    )
    references: References | None = None
    dates: list[int] = field(default_factory=list[int])
    clinical: str = ""

    def child(self, step: Step) -> _Node:
        """The node of a step, made if it is not there."""
        node = self.children.setdefault(step.name, _Node())
        if not step.test:
            return node
        for test, _, inner in node.tested:
            if test == step.test:
                return inner
        inner = _Node()
        node.tested.append((step.test, _tester(step.test), inner))
        return inner

    def descend(self, branch: Branch) -> _Node:
        """The node at the end of a branch."""
        node = self
        for step in branch.steps:
            node = node.child(step)
        return node


Visit = Callable[[Any, int, "Out"], None]
"""Handles one value, its place in its list, and what lies below it."""


def _compile(node: _Node) -> Visit:
    """The visit of a node as a closure, with nothing in it that the node does not need."""
    bits, handlers = node.bits, tuple(node.handlers)
    children = {name: _compile(child) for name, child in node.children.items()}
    tested = tuple((passes, _compile(inner)) for _, passes, inner in node.tested)

    def leaf(value: Any, _at: int, out: Out) -> None:
        out.bits |= bits
        handlers[0](value, out)

    def branch(value: Any, _at: int, out: Out) -> None:
        walk(children, value, out)

    def whole(value: Any, at: int, out: Out) -> None:
        out.bits |= bits
        for handle in handlers:
            handle(value, out)
        if children:
            walk(children, value, out)
        for passes, inner in tested:
            if passes(value, at):
                inner(value, at, out)

    if len(handlers) == 1 and not children and not tested:
        return leaf
    return branch if not handlers and not bits and not tested else whole


def walk(children: dict[str, Visit], value: dict[str, Any], out: Out) -> None:
    """Visit every property of an element that somebody asks for."""
    find = children.get
    for name, inner in value.items():
        visit = find(name)
        if visit is None:
            continue
        if type(inner) is list:
            for at, one in enumerate(inner):
                if one is not None:
                    visit(one, at, out)
        else:
            visit(inner, 0, out)


def _tester(test: str) -> Callable[[Any, int], bool]:
    if test.startswith("#"):
        number = int(test[1:])
        return lambda _value, at: at == number
    name, _, wanted = test.partition("=")
    return lambda value, _at: value.get(name) == wanted


class Plan:
    """Extracts the rows of one type, by the R4 parameters and ``more`` of the site."""

    def __init__(self, type_: str, maker: Maker, more: tuple[SearchParam, ...] = ()) -> None:
        params = search_parameters()
        self.maker = maker
        self.root = _Node()
        self.type_key = KeySpace.type_key(params.type_number(type_))
        self.is_patient = type_ == "Patient"
        own = [*params.for_type(type_).values(), *more]
        self.evaluated = tuple(
            evaluated(maker, param) for param in more if param.expression and not param.paths
        )
        for param in own:
            if param.kind == "composite":
                self._composite(param, own)
            else:
                self._add(param)
        self._compartment(type_, params)
        self._clinical_date(type_, params)
        self._finish(self.root)
        self.visit = _compile(self.root)

    def run(self, resource: dict[str, Any], out: Out) -> None:
        """Add the rows of a resource."""
        out.key.add(self.type_key)
        if self.is_patient and "id" in resource:
            out.key.add(KeySpace.patient(out.resolve(("Patient", resource["id"]))))
        self.visit(resource, 0, out)
        for evaluate in self.evaluated:
            evaluate(resource, out)

    def _add(self, param: SearchParam) -> None:
        bit = 1 << param.bit if param.bit >= 0 else 0
        own = set(param.own)
        for path in param.paths:
            branch = parse_branch(path)
            if branch.type == "Reference":
                self._reference(param, branch, bit, own=path in own)
                continue
            node = self.root.descend(branch)
            node.bits |= bit
            if path not in own:
                continue
            if branch.type == "Resource":
                node.handlers.append(self._inner(param.id))
            elif param.kind == "date" and branch.type in _DATES:
                node.dates.append(param.id)
                node.clinical = node.clinical or branch.type
            else:
                handler = self.maker.make(param.id, param.kind, branch.type)
                if handler is not None:
                    node.handlers.append(handler)

    def _reference(self, param: SearchParam, branch: Branch, bit: int, *, own: bool) -> None:
        spec = self._at(branch)
        only = branch.only
        spec.bits[only] = spec.bits.get(only, 0) | bit
        if own:
            spec.own.append((param.id, only))

    def _at(self, branch: Branch) -> References:
        node = self.root.descend(branch.bare)
        node.references = node.references or References()
        return node.references

    def _compartment(self, type_: str, params: SearchParameters) -> None:
        for code in params.compartment.get(type_, ()):
            param = params.get(type_, code)
            for path in param.paths if param else ():
                branch = parse_branch(path)
                if branch.type == "Reference":
                    self._at(branch).compartment = True

    def _clinical_date(self, type_: str, params: SearchParameters) -> None:
        codes = params.dates.get(type_)
        if codes is None:
            return
        patient, date = (params.get(type_, code) for code in codes)
        if patient is None or date is None:
            return
        for path in patient.paths:
            branch = parse_branch(path)
            if branch.type == "Reference":
                self._at(branch).who = patient.sources[0]
        for path in date.paths:
            branch = parse_branch(path)
            node = self.root.descend(branch)
            node.handlers.append(self.maker.date((), branch.type, clinical=True))

    def _composite(self, param: SearchParam, params: list[SearchParam]) -> None:
        bits = sum(1 << p.bit for p in params if param.id in p.sources and p.bit >= 0)
        if not param.own:
            return
        make = composites.make(self.maker, param)

        def handle(value: Any, out: Out) -> None:
            before = out.count()
            make(value, out.resource, out)
            if out.count() != before:
                out.bits |= bits

        for path in param.own:
            self.root.descend(parse_branch(path)).handlers.append(handle)

    def _inner(self, param: int) -> Handler:
        """The resource that a Bundle begins with counts as a reference to it."""

        def handle(_value: Any, out: Out) -> None:
            name = first_entry(out.resource)
            if name is not None:
                k = KeySpace.ref(param, out.resolve(name))
                out.key.add(k)
                out.refs.add(k)

        return handle

    def _finish(self, node: _Node) -> None:
        """Make one handler of all that is done with the references or dates of a place."""
        if node.references is not None:
            node.handlers.append(refer(self.maker, node.references))
        if node.dates:
            node.handlers.append(self.maker.date(tuple(node.dates), node.clinical, clinical=False))
        for child in node.children.values():
            self._finish(child)
        for _, _, inner in node.tested:
            self._finish(inner)
