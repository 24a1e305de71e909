"""Roles as data: one file a role, read and checked as a whole, so that a mistake is told at once.

docs/howto/write-a-policy.md; docs/adr/0013-policy.md. Purposes of use are those of v3-PurposeOfUse.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from xinglin.fhir import definitions
from xinglin.kernel.errors import Issue, Malformed, Refusal

from . import scopes
from .scopes import Smart

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Relation = Literal[
    "own-patients", "campus-patients", "campus", "group", "self", "dependants", "launch"
]
"""What a grant is limited to.

own-patients: the patient has to do with the position's units, the person or the duty;
campus-patients: the patient was registered or is treated in the position's campus;
campus: the campus answers for the resource; group: not limited; self: the person's own record;
dependants: the record of whom the person is guardian of; launch: the patient in context only.
"""
DATA: Final = Path(__file__).parent / "data"
ANY: Final = "*"


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Said in both languages."""

    zh: str
    en: str


class RoleGrant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Scopes with what they are limited to; ``sets`` name lists of scopes in common.toml."""

    relation: Relation
    scopes: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the role may or may not do, in words and as a test.

    ``at`` is campus/department of the position in the world of the tests (``A/medicine``; campus
    alone; empty: the group). ``do`` is an interaction: ``read Observation of a-medicine``.
    """

    text: Text
    at: str
    do: str
    allowed: bool


class Role(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One role. ``hidden``: elements by type (``Patient.name``; ``*.text``: of every type it has).

    ``everything``: the operator, whom nothing limits. ``sees_sealed``: confidential patients are
    open to it. ``reviewed_by`` is empty while the role is a draft.
    """

    code: str
    version: str
    name: Text
    description: Text
    reviewed_by: str = ""
    purposes: tuple[str, ...] = ("TREAT",)
    bundles: tuple[str, ...] = ()
    grants: tuple[RoleGrant, ...] = ()
    hidden: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    break_glass: bool = False
    sees_sealed: bool = False
    everything: bool = False
    examples: tuple[Example, ...] = ()


class Limited(msgspec.Struct, frozen=True):
    """A scope of a role, parsed, with its relation."""

    relation: Relation
    scope: Smart


class Roles:
    """All roles of this installation."""

    def __init__(self, roles: Mapping[str, Role], common: Mapping[str, Any]) -> None:
        self._roles = dict(roles)
        self._sets: Mapping[str, list[str]] = common.get("sets", {})
        self._bundles: Mapping[str, list[dict[str, Any]]] = common.get("bundles", {})
        self._limited = {code: tuple(self._expand(role)) for code, role in roles.items()}
        self._hidden = {code: self._hide(role) for code, role in roles.items()}

    def __iter__(self) -> Iterator[Role]:
        return iter(self._roles.values())

    def get(self, code: str) -> Role | None:
        """The role with this code."""
        return self._roles.get(code)

    def limited(self, code: str) -> tuple[Limited, ...]:
        """The scopes of a role, those of its bundles included."""
        return self._limited[code]

    def scopes(self, code: str) -> tuple[str, ...]:
        """The same as SMART writes them, without what they are limited to."""
        return tuple(map(str, scopes.canonical([one.scope for one in self._limited[code]])))

    def hidden(self, code: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Hidden elements by type, as `cdr.access.Access.hidden` wants them."""
        return self._hidden[code]

    def _grants(self, role: Role) -> Iterator[RoleGrant]:
        for name in role.bundles:
            if name not in self._bundles:
                raise _wrong(role, f"there is no bundle '{name}'", f"没有组合“{name}”")
            yield from (msgspec.convert(one, RoleGrant) for one in self._bundles[name])
        yield from role.grants

    def _expand(self, role: Role) -> Iterator[Limited]:
        by_relation: dict[Relation, list[Smart]] = {}
        for grant in self._grants(role):
            texts = list(grant.scopes)
            for name in grant.sets:
                if name not in self._sets:
                    raise _wrong(role, f"there is no set '{name}'", f"没有集合“{name}”")
                texts += self._sets[name]
            try:
                found = scopes.gather(texts).clinical
            except Malformed as error:
                raise _wrong(role, str(error), error.issues[0].zh) from error
            by_relation.setdefault(grant.relation, []).extend(found)
        for relation, found in by_relation.items():
            yield from (Limited(relation, one) for one in scopes.canonical(found))

    def _hide(self, role: Role) -> tuple[tuple[str, tuple[str, ...]], ...]:
        types = {one.scope.type for one in self._limited[role.code]}
        if ANY in types:
            types = set(definitions.resource_types())
        paths: dict[str, list[str]] = {}
        for text in role.hidden:
            type_, _, path = text.partition(".")
            if type_ != ANY and not _element(type_, path):
                raise _wrong(role, f"there is no element {text}", f"没有元素 {text}")
            for name in sorted(types) if type_ == ANY else (type_,):
                if _element(name, path):
                    paths.setdefault(name, []).append(path)
        return tuple((name, tuple(found)) for name, found in sorted(paths.items()))


def load(*folders: Path) -> Roles:
    """Read the shipped roles, and those of a site, which replace shipped ones of the same code.

    Raises Malformed for the first file that is wrong, and names it.
    """
    roles: dict[str, Role] = {}
    common = tomllib.loads((DATA / "common.toml").read_text(encoding="utf-8"))
    for folder in (DATA / "roles", *folders):
        for path in sorted(folder.glob("*.toml")):
            try:
                role = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Role)
            except (tomllib.TOMLDecodeError, msgspec.ValidationError, Refusal) as error:
                text = f"{path.name}: {error}"
                raise Malformed(Issue("structure", text, f"角色文件有误：{text}")) from error
            if role.code != path.stem:
                raise _wrong(role, f"it is in {path.name}", f"却位于 {path.name}")
            roles[role.code] = role
    return Roles(roles, common)


@cache
def shipped() -> Roles:
    """The roles that come with the platform."""
    return load()


def _element(type_: str, path: str) -> bool:
    first, _, _ = path.partition(".")
    return definitions.element(type_, first) is not None


def _wrong(role: Role, en: str, zh: str) -> Malformed:
    return Malformed(Issue("value", f"Role {role.code}: {en}", f"角色 {role.code}：{zh}"))
