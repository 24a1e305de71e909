"""Who asks, for which purpose, from which campus, for which patients: what may be seen and done.

SMART App Launch 2.0, scopes: https://hl7.org/fhir/smart-app-launch/STU2/scopes-and-launch-context.html
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import msgspec

from xinglin.cdr.index import HOME, KeySpace
from xinglin.cdr.search import ir, memory

if TYPE_CHECKING:
    from xinglin.cdr.index import Rows

Letter = Literal["c", "r", "u", "d", "s"]
"""SMART's letters: create; read, vread and instance history; update and patch; delete; search,
type and system history."""


class Scope(msgspec.Struct, frozen=True):
    """One grant. What it leaves open (None, ``Always``) does not limit it; grants add up.

    ``types`` None: every type. ``patients``: rids of the patients in whose compartment the resource
    must be. ``homes``: rids of the organisations that must answer for it. ``units``: rids of units
    one of which must have to do with its patient now (table ``relation``). ``criteria``: a search
    condition, without chains (it is also evaluated on images that are not in the database).
    """

    types: frozenset[str] | None
    letters: str
    patients: tuple[int, ...] | None = None
    homes: tuple[int, ...] | None = None
    units: tuple[int, ...] | None = None
    criteria: ir.Node = ir.Always()

    def grants(self, type_: str, letter: Letter) -> bool:
        """Whether it says anything about this interaction with this type."""
        return letter in self.letters and (self.types is None or type_ in self.types)

    def node(self) -> ir.Node:
        """What must hold for a resource."""
        parts = [self.criteria]
        if self.patients is not None:
            parts.append(_keys(tuple(map(KeySpace.patient, self.patients))))
        if self.homes is not None:
            parts.append(_keys(tuple(KeySpace.ref(HOME, rid) for rid in self.homes)))
        if self.units is not None:
            parts.append(ir.Never())
        return ir.both(*parts)


_ALL = (Scope(None, "cruds"),)


class Access(msgspec.Struct, frozen=True):
    """No query and no write exists without one. Never read from the request body.

    ``home`` is the rid of the acting campus. ``hidden`` names elements by type (``telecom``,
    ``contact.telecom``) that are neither shown nor searched nor written. ``sealed``: whether
    confidential patients (table ``sealed``) may be seen; where not, only those ``opened``.
    ``account``, ``session``, ``client`` and ``position`` say who it is to the audit.
    """

    actor: str
    purpose: str = ""
    home: int | None = None
    scopes: tuple[Scope, ...] = ()
    hidden: tuple[tuple[str, tuple[str, ...]], ...] = ()
    sealed: bool = False
    opened: tuple[int, ...] = ()
    account: int = 0
    session: int = 0
    client: str = ""
    position: int = 0

    @classmethod
    def local(cls) -> Access:
        """Everything, for the operator of this machine (until sign-in exists)."""
        return _LOCAL

    @property
    def total(self) -> bool:
        """Whether nothing is limited, so that nothing need be checked."""
        return self.scopes is _ALL and not self.hidden

    def predicate(self, type_: str, letter: Letter) -> ir.Node | None:
        """What must hold for a resource of the type; None: nothing; ``Never``: not allowed."""
        return None if self.scopes is _ALL else _predicate(self.scopes, type_, letter)

    def allows(self, type_: str, letter: Letter) -> bool:
        """Whether there is anything of this type with which this may be done."""
        return not isinstance(self.predicate(type_, letter), ir.Never)

    def admits(self, type_: str, letter: Letter, rows: Rows, rid: int) -> bool:
        """Whether this may be done with the image that has these index rows (``HOME`` included)."""
        node = self.predicate(type_, letter)
        return node is None or memory.evaluate(node, rows, rid) is True

    def hides(self, type_: str) -> tuple[str, ...]:
        """The hidden elements of a type."""
        return next((paths for name, paths in self.hidden if name == type_), ())


_LOCAL = Access(actor="local", scopes=_ALL, sealed=True)


@lru_cache(maxsize=4096)
def _predicate(scopes: tuple[Scope, ...], type_: str, letter: Letter) -> ir.Node | None:
    nodes = [scope.node() for scope in scopes if scope.grants(type_, letter)]
    node = ir.either(*nodes)
    return None if isinstance(node, ir.Always) else node


def _keys(ks: tuple[int, ...]) -> ir.Node:
    # These keys are the same for every type, so they do not say of which type a resource is.
    return ir.Key(ks, typed=False) if ks else ir.Never()
