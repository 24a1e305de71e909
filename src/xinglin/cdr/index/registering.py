"""A site's SearchParameters become parameters: numbered, given a plan, and indexed.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/searchparameter.html; table ``param``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from xinglin.cdr.index import plans
from xinglin.cdr.index.keys import KeySpace
from xinglin.fhir import json as fhir_json
from xinglin.fhir.search import custom, search_parameters
from xinglin.kernel.errors import Invalid, Issue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xinglin.kernel.database import Connection

FIRST: Final = 3000
LAST: Final = 4095
_KEPT: Final = ("code", "component", "expression", "target", "type", "url")
_ALL: Final = (
    "select r.body from key k join resource r on r.rid = k.rid where k.k = $1 and not r.deleted "
    "order by k.rid"
)

Wanted = dict[tuple[str, str], dict[str, Any]]
"""(type, code) -> SearchParameter."""


class Change(NamedTuple):
    """What became of the SearchParameters: types to index again, and remarks."""

    types: frozenset[str]
    retired: int
    notes: tuple[Issue, ...]


async def synchronise(connection: Connection) -> Change:
    """Make the parameters what the stored SearchParameters say; the caller starts the run.

    Those of R4 itself are known; one with the type and code of such is left alone, with a remark,
    and so is one that cannot work.
    """
    # One at a time: numbers are given here.
    await connection.execute("lock table param in share row exclusive mode")
    await plans.load(connection)
    key = KeySpace.type_key(search_parameters().type_number("SearchParameter"))
    bodies = await connection.fetch(_ALL, key)
    resources = [fhir_json.decode(row["body"].encode()) for row in bodies]
    notes: list[Issue] = []
    wanted = _wanted(resources, notes)
    rows = await connection.fetch("select * from param where state <> 'retired'")
    said: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        said.setdefault((row["type"], row["code"]), set()).add(row["spec"])
    gone = [row["id"] for row in rows if (row["type"], row["code"]) not in wanted]
    new = [name for name, spec in wanted.items() if _spec(spec) not in said.get(name, ())]
    await plans.retire(connection, gone)
    if new:
        await _add(connection, new, wanted)
    return Change(frozenset(type_ for type_, _ in new), len(gone), tuple(notes))


def _wanted(resources: Iterable[dict[str, Any]], notes: list[Issue]) -> Wanted:
    shipped = search_parameters()
    urls = {param.url for name in shipped.types for param in shipped.for_type(name).values()}
    found: Wanted = {}
    for resource in resources:
        if resource.get("status") != "active" or resource.get("url") in urls:
            continue
        try:
            custom.check(resource)
        except Invalid as refused:
            notes += (_about(resource, issue) for issue in refused.issues)
            continue
        for type_ in custom.types_of(resource):
            if shipped.get(type_, resource["code"]) is None:
                found[type_, resource["code"]] = resource
            else:
                notes.append(_taken(resource, type_))
    return found


def _about(resource: dict[str, Any], issue: Issue) -> Issue:
    name = resource.get("id", "")
    return Issue(
        issue.code,
        f"SearchParameter/{name} is not used: {issue.en}",
        f"SearchParameter/{name} 未启用：{issue.zh}",
        issue.expression,
        "warning",
    )


def _taken(resource: dict[str, Any], type_: str) -> Issue:
    code = resource["code"]
    return _about(
        resource,
        Issue(
            "duplicate",
            f"{type_} has a parameter '{code}' in R4. Give yours another code.",
            f"R4 的 {type_} 已有参数“{code}”。请换一个代码。",
            ("SearchParameter.code",),
        ),
    )


def _spec(resource: dict[str, Any]) -> str:
    kept = {name: resource[name] for name in _KEPT if name in resource}
    return json.dumps(kept, sort_keys=True, ensure_ascii=False)


async def _add(connection: Connection, new: list[tuple[str, str]], wanted: Wanted) -> None:
    plan = await plans.add(connection)
    last = await connection.fetchval("select max(id) from param")
    number = cast("int", last or FIRST - 1)
    if number + len(new) > LAST:
        raise _full()
    for type_, code in sorted(new):
        number += 1
        spec = _spec(wanted[type_, code])
        bit = await _free_bit(connection, type_)
        # Refuses a composite whose parts are not known.
        custom.make(json.loads(spec), type_, number, bit, search_parameters())
        await connection.execute(
            "insert into param (id, type, code, spec, since, url, bit) "
            "values ($1, $2, $3, $4, $5, $6, $7)",
            number,
            type_,
            code,
            spec,
            plan,
            wanted[type_, code].get("url", ""),
            bit,
        )


async def _free_bit(connection: Connection, type_: str) -> int:
    """A place in ``resource.present`` that no parameter of the type has; from the top down."""
    rows = await connection.fetch(
        "select bit from param where type = $1 and state <> 'retired'", type_
    )
    taken = {row["bit"] for row in rows}
    taken |= {param.bit for param in search_parameters().for_type(type_).values()}
    for bit in range(custom.FIRST_BIT, -1, -1):
        if bit not in taken:
            return bit
    raise _full()


def _full() -> Invalid:
    return Invalid(
        Issue(
            "too-costly",
            "There is no room for more search parameters. Retire some that nobody uses.",
            "自定义检索参数已满。请停用不再使用的参数。",
        )
    )
