"""Why a patient is one's own: the kinds of relation, and for how long each lasts.

migrations/0006_access.sql, relation.kind; data/relations.toml.
"""

from __future__ import annotations

import tomllib
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Final

import msgspec


class Kind(IntEnum):
    """Stored in ``relation.kind``: numbers never change."""

    TREATING = 1
    """The visit or stay: attending, ward, department."""
    VISIT = 2
    """The campus and institution of a visit."""
    TEAM = 3
    """Episode of care, care team."""
    BOOKING = 4
    """An appointment."""
    ORDER = 5
    """A pending order: who asked, who is to do it."""
    CONSULTATION = 6
    """A consultation asked for."""
    TASK = 7
    """Work passed on."""
    THEATRE = 8
    """Theatre list: surgeon, anaesthetist, theatre."""
    REGISTRATION = 9
    """Registered there; family doctor."""
    GUARDIAN = 10
    """Guardian of the patient."""
    BREAK_GLASS = 11
    """An opening by break-glass; not derived from a resource."""
    COLLEAGUE = 12
    """The department of who takes part."""


class Categories(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Codes that tell kinds of orders."""

    consultation: tuple[str, ...]
    theatre: tuple[str, ...]


class Guardians(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Codes of relationships that make a guardian; ``of_age`` in years."""

    parents: tuple[str, ...]
    appointed: tuple[str, ...]
    of_age: int


class Sealing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which labels seal a patient, and which kinds of relation open a sealed one."""

    opened_by: tuple[str, ...]
    labels: tuple[str, ...]

    @property
    def kinds(self) -> tuple[int, ...]:
        """The kinds by number."""
        return tuple(int(Kind[name.upper().replace("-", "_")]) for name in self.opened_by)


class Lasting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of data/relations.toml; all numbers are days."""

    grace: dict[str, int]
    days: dict[str, int]
    categories: Categories
    guardians: Guardians
    sealed: Sealing

    def after(self, class_: str) -> int:
        """Days to finish the record of a visit of this class."""
        return self.grace.get(class_, self.grace[""])


_FILE: Final = Path(__file__).parent / "data" / "relations.toml"


def load(path: Path = _FILE) -> Lasting:
    """Read one file; raises msgspec.ValidationError where it is wrong."""
    return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Lasting)


@cache
def shipped() -> Lasting:
    """What comes with the platform."""
    return load()
