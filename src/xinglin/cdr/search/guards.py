"""What access asks of a resource beside its index rows: whose data it is, and who answers for it.

docs/adr/0008-access-in-sql.md. It lies in columns of ``resource`` (``patient``, ``patients``,
``home``), so that one look at the row tells all of it; who has to do with a patient lies in the
tables ``relation`` and ``sealed``. In memory the same is told by the keys and by `Facts`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from xinglin.cdr.index.keys import COMPARTMENT_PATIENT, HOME, PARAM_SHIFT, RID_MASK, TYPE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .sql import Statement

_COMPARTMENT: Final = f"{COMPARTMENT_PATIENT << PARAM_SHIFT}::bigint"
_NOW: Final = "since <= now() and until > now()"


class Mine(msgspec.Struct, frozen=True, cache_hash=True):
    """One of the units has to do with its patient, now."""

    units: tuple[int, ...]


class Unsealed(msgspec.Struct, frozen=True, cache_hash=True):
    """None of its patients is confidential, but for those ``opened``."""

    opened: tuple[int, ...] = ()


class OfPatients(msgspec.Struct, frozen=True, cache_hash=True):
    """It is in the compartment of one of these patients."""

    rids: tuple[int, ...]


class AtHome(msgspec.Struct, frozen=True, cache_hash=True):
    """One of these organisations answers for it."""

    rids: tuple[int, ...]


class OfType(msgspec.Struct, frozen=True, cache_hash=True):
    """It is of one of these types (numbers), live or deleted."""

    types: tuple[int, ...]


Guard = Mine | Unsealed | OfPatients | AtHome | OfType


class Facts(msgspec.Struct, frozen=True, cache_hash=True):
    """What the database says of some patients: (unit, patient) that have to do with each other."""

    related: frozenset[tuple[int, int]] = frozenset()
    sealed: frozenset[int] = frozenset()


# -- in SQL ----------------------------------------------------------------------------------------


def condition(statement: Statement, node: Guard, row: str) -> str:
    """The condition on a row of ``resource`` with the alias ``row``; may be null."""
    match node:
        case Mine():
            units = statement.bind(list(node.units), "::bigint[]")
            return (
                f"(select true from relation g where g.unit = any({units}) and {_NOW}"
                f" and g.patient = any({_patients(row)}) limit 1)"
            )
        case Unsealed():
            opened = ""
            if node.opened:
                bound = statement.bind(list(node.opened), "::bigint[]")
                opened = f" and g.patient <> all({bound})"
            return (
                f"(select true from sealed g where g.patient = any({_patients(row)}){opened}"
                " limit 1) is null"
            )
        case OfPatients():
            rids = statement.bind(list(node.rids), "::bigint[]")
            return f"({row}.patient = any({rids}) or {row}.patients && {rids})"
        case AtHome():
            return f"{row}.home = any({statement.bind(list(node.rids), '::bigint[]')})"
        case OfType():
            return f"{row}.type = any({statement.bind(list(node.types), '::smallint[]')})"


def _patients(row: str) -> str:
    # One subplan for one patient and for several: each costs a statement 10 µs before it begins.
    return f"coalesce({row}.patients, array[{row}.patient])"


def source(statement: Statement, node: Mine | OfPatients | AtHome) -> str:
    """A select of ``rid``: at least all that match, by the keys of compartments and homes."""
    match node:
        case Mine():
            units = statement.bind(list(node.units), "::bigint[]")
            return (
                "select k.rid from (select distinct patient from relation where"
                f" unit = any({units}) and {_NOW} offset 0) g cross join lateral (select rid from"
                f" key where key.k = ({_COMPARTMENT} | g.patient) offset 0) k"
            )
        case OfPatients() | AtHome():
            ks = statement.bind(list(keys(node)), "::bigint[]")
            return (
                f"select k.rid from unnest({ks}) u(k) cross join lateral"
                " (select rid from key where key.k = u.k offset 0) k"
            )


def keys(node: OfPatients | AtHome) -> tuple[int, ...]:
    """The keys under which it lists what matches, and perhaps more."""
    param = COMPARTMENT_PATIENT if isinstance(node, OfPatients) else HOME
    return tuple(param << PARAM_SHIFT | rid for rid in node.rids)


# -- in memory -------------------------------------------------------------------------------------


def holds(node: Guard, ks: Iterable[int], rid: int, facts: Facts | None) -> bool | None:
    """Whether it holds for the resource ``rid`` with these keys; None: facts are missing."""
    if isinstance(node, AtHome):
        return not set(keys(node)).isdisjoint(ks)
    if isinstance(node, OfType):
        return not {TYPE << PARAM_SHIFT | one for one in node.types}.isdisjoint(ks)
    patients = {k & RID_MASK for k in ks if k >= 0 and k >> PARAM_SHIFT == COMPARTMENT_PATIENT}
    if rid in patients:
        patients = {rid}  # a Patient belongs to itself
    match node:
        case OfPatients():
            return not patients.isdisjoint(node.rids)
        case Mine():
            if facts is None:
                return None
            return any((unit, one) in facts.related for unit in node.units for one in patients)
        case Unsealed():
            if facts is None:
                return None
            return patients.isdisjoint(facts.sealed.difference(node.opened))
