"""Who asks, for which purpose, from which campus, for which patients: what may be seen and done.

SMART App Launch 2.0, scopes: https://hl7.org/fhir/smart-app-launch/STU2/scopes-and-launch-context.html;
docs/adr/0008-access-in-sql.md.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import msgspec

from xinglin.cdr import types
from xinglin.cdr.search import guards, ir, memory
from xinglin.cdr.search.allowed import together
from xinglin.fhir import definitions
from xinglin.fhir.search import search_parameters

if TYPE_CHECKING:
    from collections.abc import Hashable

    from xinglin.cdr.index import Rows

Letter = Literal["c", "r", "u", "d", "s"]
"""SMART's letters: create; read, vread and instance history; update and patch; delete; search,
type and system history."""


class Scope(msgspec.Struct, frozen=True, cache_hash=True):
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
            parts.append(guards.OfPatients(self.patients) if self.patients else ir.Never())
        if self.homes is not None:
            parts.append(guards.AtHome(self.homes) if self.homes else ir.Never())
        if self.units is not None:
            parts.append(guards.Mine(self.units) if self.units else ir.Never())
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
        """Everything, for the operator of this machine."""
        return _LOCAL

    @property
    def total(self) -> bool:
        """Whether nothing is limited, so that nothing need be checked."""
        return self.scopes is _ALL and not self.hidden

    @property
    def limits(self) -> Hashable:
        """Equal for those who may see the same, whoever they are: what may be kept between them."""
        if self.scopes is _ALL:
            return self.hidden
        return self.scopes, self.hidden, self.sealed, self.opened

    def predicate(self, type_: str, letter: Letter) -> ir.Node | None:
        """What must hold for a resource of the type; None: nothing; ``Never``: not allowed."""
        if self.scopes is _ALL:
            return None
        return _predicate(self.scopes, None if self.sealed else self.opened, type_, letter)

    def over(self, letter: Letter) -> ir.Node | None:
        """What must hold for a resource of any type."""
        if self.scopes is _ALL:
            return None
        return _over(self.scopes, None if self.sealed else self.opened, letter)

    def allows(self, type_: str, letter: Letter) -> bool:
        """Whether there is anything of this type with which this may be done."""
        return not isinstance(self.predicate(type_, letter), ir.Never)

    def admits(
        self, type_: str, letter: Letter, rows: Rows, rid: int, facts: guards.Facts | None = None
    ) -> bool:
        """Whether this may be done with the image that has these index rows (``HOME`` included).

        Without the facts that it depends on it may not.
        """
        node = self.predicate(type_, letter)
        return node is None or memory.evaluate(node, rows, rid, facts=facts) is True

    def hides(self, type_: str) -> tuple[str, ...]:
        """The hidden elements of a type."""
        return next((paths for name, paths in self.hidden if name == type_), ())


_LOCAL = Access(actor="local", scopes=_ALL, sealed=True)


@lru_cache(maxsize=8192)
def _predicate(
    scopes: tuple[Scope, ...], opened: tuple[int, ...] | None, type_: str, letter: Letter
) -> ir.Node | None:
    """``opened`` None: confidential patients are seen like all others."""
    node = ir.either(*(scope.node() for scope in scopes if scope.grants(type_, letter)))
    if opened is not None and not isinstance(node, ir.Never) and _is_personal(type_):
        node = ir.both(node, guards.Unsealed(opened))
    return None if isinstance(node, ir.Always) else node


@lru_cache(maxsize=256)
def _over(
    scopes: tuple[Scope, ...], opened: tuple[int, ...] | None, letter: Letter
) -> ir.Node | None:
    names = definitions.resource_types()
    return together(
        {types.number(name): _predicate(scopes, opened, name, letter) for name in names}
    )


def _is_personal(type_: str) -> bool:
    """Whether a resource of the type can belong to a patient."""
    return type_ == "Patient" or type_ in search_parameters().compartment
