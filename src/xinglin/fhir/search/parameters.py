"""The registry of search parameters: those of R4, compiled, and those of a site.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/searchparameter-registry.html and searchparameter.html.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Kind = Literal[
    "number", "date", "string", "token", "reference", "composite", "quantity", "uri", "special"
]

SPREAD_PATHS: Final[dict[str, tuple[Kind, int, tuple[str, ...], tuple[str, ...]]]] = {
    "_tag": ("token", 0, ("meta/tag*:Coding",), ("coding",)),
    "_profile": ("uri", 1, ("meta/profile*:canonical",), ()),
    "_security": ("token", 2, ("meta/security*:Coding",), ("coding",)),
    "_source": ("uri", 3, ("meta/source:uri",), ()),
    "_text": ("string", -1, (), ()),
    "_content": ("string", -1, (), ()),
}
"""Parameters of every type that have index rows: kind, presence bit, paths, token forms."""
ID: Final = 4
LAST_UPDATED: Final = 5
_REGISTRY: Final = "http://hl7.org/fhir/SearchParameter/"


class Component(msgspec.Struct, frozen=True):
    """One part of a composite; its paths start at each value of the composite's own path."""

    code: str
    kind: Kind
    paths: tuple[str, ...] = ()


class SearchParam(msgspec.Struct, frozen=True, kw_only=True):
    """One search parameter of one type.

    ``paths`` says where its values lie (``fhir.search.paths``). To write few index rows, some
    parameters answer from the rows of others: search asks for the rows of all ``sources``,
    extraction writes those of ``own`` under ``id``. A reference parameter with ``only`` (such as
    ``patient``) accepts targets of these types alone. ``bit`` is its place in
    ``resource.present`` (``:missing``), -1 if there is none. ``forms`` are the token forms of its
    values: coding, identifier, contact, plain; ``systems`` the code systems that its bare codes
    belong to. Empty ``targets`` of a reference mean any type.
    """

    id: int
    type: str
    code: str
    kind: Kind
    url: str
    expression: str
    bit: int = -1
    paths: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    sources: tuple[int, ...] = ()
    only: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    components: tuple[Component, ...] = ()
    forms: tuple[str, ...] = ()
    systems: tuple[str, ...] = ()
    custom: bool = False

    @property
    def contact_system(self) -> str:
        """``phone`` and ``email`` are ``telecom`` with this system; "" for all others."""
        return self.code if self.forms == ("contact",) and self.code in {"phone", "email"} else ""

    @property
    def sort_source(self) -> int:
        """Number whose ``KeySpace.sort`` rows order by this parameter, 0 if its values do."""
        return self.id if any(path.endswith(":HumanName") for path in self.paths) else 0


class SearchParameters:
    """All search parameters, by type and code and by number."""

    def __init__(
        self,
        params: Iterable[SearchParam],
        types: tuple[str, ...],
        compartment: Mapping[str, tuple[str, ...]],
        dates: Mapping[str, tuple[str, str]],
        lost: tuple[str, ...] = (),
    ) -> None:
        self.types: Final = types
        """All resource types; the number of a type is its place, counted from 1."""
        self.compartment: Final = compartment
        """Type -> codes of the parameters that put it into a patient's compartment."""
        self.dates: Final = dates
        """Type -> (patient parameter, date parameter) of its ``pdate`` rows."""
        self.lost: Final = lost
        """What the expressions of R4 select and no index can hold, in words."""
        self._numbers = {name: number for number, name in enumerate(types, 1)}
        self._by_type: dict[str, dict[str, SearchParam]] = {name: {} for name in types}
        self._by_id: dict[int, SearchParam] = {}
        for param in params:
            self._by_type[param.type][param.code] = param
            self._by_id.setdefault(param.id, param)

    def get(self, type_: str, code: str) -> SearchParam | None:
        """The parameter with this code for this type."""
        return self._by_type.get(type_, {}).get(code)

    def for_type(self, type_: str) -> Mapping[str, SearchParam]:
        """All parameters of a type by their code."""
        return MappingProxyType(self._by_type.get(type_, {}))

    def by_id(self, number: int) -> SearchParam | None:
        """The parameter with this number; for ``_id`` and ``_lastUpdated`` that of any type."""
        return self._by_id.get(number)

    def type_number(self, name: str) -> int:
        """Number of a type in keys and rows; ``KeyError`` if R4 has no such type."""
        return self._numbers[name]

    def type_name(self, number: int) -> str:
        """The inverse of ``type_number``."""
        return self.types[number - 1]

    def with_custom(self, custom: Iterable[SearchParam]) -> SearchParameters:
        """These and a site's own; one of the same type and code takes the place of the shipped."""
        shipped = (p for params in self._by_type.values() for p in params.values())
        return SearchParameters(
            (*shipped, *custom),
            types=self.types,
            compartment=self.compartment,
            dates=self.dates,
            lost=self.lost,
        )


@cache
def search_parameters() -> SearchParameters:
    """The search parameters of R4."""
    file = files("xinglin.fhir.search").joinpath("parameters.json")
    table = msgspec.json.decode(file.read_bytes())
    types = tuple(table["types"])
    params = [_shipped(row, table["specs"]) for row in table["params"]]
    for number, name in enumerate(types, 1):
        params += _spread(name, number, table["spread"])
    return SearchParameters(
        params,
        types=types,
        compartment={name: tuple(codes) for name, codes in table["compartment"].items()},
        dates={name: (who, when) for name, (who, when) in table["dates"].items()},
        lost=tuple(table["lost"]),
    )


def _shipped(row: dict[str, Any], specs: list[list[str]]) -> SearchParam:
    url, expression = specs[row.pop("spec")]
    row.setdefault("own", row["paths"])
    row.setdefault("sources", [row["id"]])
    row |= {"url": _REGISTRY + url, "expression": expression}
    return msgspec.convert(row, SearchParam)


def _spread(name: str, number: int, bases: Mapping[str, int]) -> list[SearchParam]:
    def make(code: str, id_: int, kind: Kind, expression: str) -> SearchParam:
        _, bit, paths, forms = SPREAD_PATHS.get(code, (kind, -1, (), ()))
        base = "DomainResource" if code == "_text" else "Resource"
        return SearchParam(
            id=id_,
            type=name,
            code=code,
            kind=kind,
            url=f"{_REGISTRY}{base}-{code[1:]}",
            expression=expression,
            bit=bit,
            paths=paths,
            own=paths,
            sources=(id_,),
            forms=forms,
        )

    return [
        make("_id", ID, "token", "Resource.id"),
        make("_lastUpdated", LAST_UPDATED, "date", "Resource.meta.lastUpdated"),
        *(
            make(code, bases[code] + number, kind, "Resource.meta." + code[1:] if paths else "")
            for code, (kind, _, paths, _) in SPREAD_PATHS.items()
        ),
    ]
