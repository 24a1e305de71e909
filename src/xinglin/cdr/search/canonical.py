"""References by canonical address: they have no number, so the address is read from the bodies.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/references.html#canonical and search.html#canonical.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from xinglin.fhir.search import parse_branch
from xinglin.kernel.errors import Issue, TooCostly

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xinglin.fhir.search import SearchParam

    from .results import Entry
    from .run import Run

_TYPES: Final = frozenset(("canonical", "uri", "url"))
_BY_KEY: Final = (
    "select distinct r.rid from unnest($1::bigint[]) u(k) cross join lateral"
    " (select rid from key where key.k = u.k limit 1000) r"
)
_BODIES: Final = (
    "select body from resource where rid = any($1::bigint[]) and not deleted and ver > 0"
)


def is_canonical(param: SearchParam) -> bool:
    """Whether the parameter holds addresses, and not only references with a number."""
    return any(path.rpartition(":")[2] in _TYPES for path in param.paths)


def addresses(param: SearchParam, resource: dict[str, Any]) -> set[str]:
    """The canonical addresses that a resource has under the parameter, versions included."""
    found: set[str] = set()
    for path in param.paths:
        branch = parse_branch(path)
        if branch.type in _TYPES:
            values: list[Any] = [resource]
            for step in branch.steps:
                values = [one for value in values for one in _step(value, step.name)]
            found.update(one for one in values if isinstance(one, str))
    return found


def _step(value: Any, name: str) -> list[Any]:
    inner = value.get(name) if isinstance(value, dict) else None
    if isinstance(inner, list):
        return inner
    return [] if inner is None else [inner]


async def forward(run: Run, param: SearchParam, target: str, rows: Iterable[Entry]) -> set[int]:
    """The numbers of what the rows refer to by address, of the type ``target`` or any."""
    wanted: set[str] = set()
    for entry in rows:
        if entry.type == param.type:
            wanted |= addresses(param, msgspec.json.decode(entry.body))
    types = (target,) if target else param.targets or run.registry.types
    ks = [k for address in wanted for k in keys_of(run, types, address)]
    if not ks:
        return set()
    return {row[0] for row in await run.fetch(_BY_KEY, ks)}


def keys_of(run: Run, types: Iterable[str], address: str) -> list[int]:
    """Keys of the resources that have this address, in whatever version."""
    plain = address.partition("|")[0]
    found: list[int] = []
    for type_ in types:
        url = run.registry.get(type_, "url")
        if url is not None and url.kind == "uri":
            found += [run.engine.keys.uri(source, plain) for source in url.sources]
    return found


def backward(run: Run, param: SearchParam, entry: Entry) -> list[int]:
    """Keys of what refers to a resource by its address."""
    if b'"url"' not in entry.body:
        return []
    return referring(run, param.sources, msgspec.json.decode(entry.body))


def referring(run: Run, sources: tuple[int, ...], resource: dict[str, Any]) -> list[int]:
    """Keys of references to a resource by its address."""
    address = resource.get("url")
    if not isinstance(address, str):
        return []
    return [run.engine.keys.url(source, address) for source in sources]


def _params(run: Run, sources: tuple[int, ...]) -> list[SearchParam]:
    found = (run.registry.by_id(source) for source in sources)
    return [param for param in found if param is not None and is_canonical(param)]


def check(run: Run, sources: tuple[int, ...]) -> None:
    """Refuse a chain by addresses that reaches too much to look at each."""
    params = _params(run, sources)
    if params:
        code = params[0].code
        raise TooCostly(
            Issue(
                "too-costly",
                f"Too many resources are reached by '{code}', which refers by address;"
                " narrow the part behind it.",
                f"“{code}”按地址引用，所达资源过多；请收窄其后的条件。",
            )
        )


async def chained(run: Run, sources: tuple[int, ...], rids: list[int]) -> list[int]:
    """Keys of references, by address, to the resources with these numbers."""
    if not rids or not _params(run, sources):
        return []
    rows = await run.fetch(_BODIES, rids)
    return [k for row in rows for k in referring(run, sources, msgspec.json.decode(row[0]))]


async def reached(run: Run, sources: tuple[int, ...], rids: list[int]) -> list[int]:
    """Numbers of what the resources with these numbers refer to by address."""
    params = _params(run, sources)
    if not rids or not params:
        return []
    ks: list[int] = []
    for row in await run.fetch(_BODIES, rids):
        body = msgspec.json.decode(row[0])
        for param in params:
            types = param.targets or run.registry.types
            ks += [k for one in addresses(param, body) for k in keys_of(run, types, one)]
    return [row[0] for row in await run.fetch(_BY_KEY, ks)] if ks else []
