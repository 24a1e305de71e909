"""Which team looks after which kind of entry, and which roles it is made of: data.

stewardship/data/teams.toml.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from xinglin.kernel.errors import Forbidden, Issue
from xinglin.trust.model import OPERATOR

if TYPE_CHECKING:
    from collections.abc import Mapping

Step = Literal["review", "publish"]


class Team(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One team."""

    zh: str
    en: str
    types: tuple[str, ...]
    review: tuple[str, ...]
    publish: tuple[str, ...]


@cache
def teams() -> Mapping[str, Team]:
    """The teams by name; raises msgspec.ValidationError where the file is wrong."""
    path = Path(__file__).parent / "data" / "teams.toml"
    return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), dict[str, Team])


@cache
def types() -> tuple[str, ...]:
    """Every type that somebody looks after."""
    return tuple(sorted(type_ for team in teams().values() for type_ in team.types))


def team_of(type_: str) -> tuple[str, Team]:
    """The team of a type; there is one for each of `types`."""
    return next((name, team) for name, team in teams().items() if type_ in team.types)


def check(role: str, type_: str, step: Step) -> None:
    """Raises Forbidden where the role is not of the team."""
    _, team = team_of(type_)
    if role == OPERATOR or role in getattr(team, step):
        return
    raise Forbidden(
        Issue(
            "forbidden",
            f"This step belongs to the {team.en}; ask them, or leave them a wish with $wish.",
            f"此步骤由{team.zh}负责；请联系他们，或用 $wish 提出需求。",
        )
    )
