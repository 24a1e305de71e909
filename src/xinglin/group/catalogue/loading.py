"""Loads catalogue resources through the ordinary API: what is new or changed, nothing else.

https://hl7.org/fhir/R4/http.html#transaction; what somebody changed here since is left alone.
"""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from xinglin.fhir import json
from xinglin.kernel.errors import Invalid, Issue

from .resources import everything, searching
from .resources.common import extension_url, local

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Json = dict[str, Any]

AT_ONCE: Final = 200
MARK: Final = local("catalogue-content")
"""System of the tag that holds the digest of what was loaded."""


class Target(Protocol):
    """Where the catalogues go: a server by HTTP, or the repository of this process."""

    async def carry_out(self, resource: Json, path: str = "") -> Json:
        """Post a bundle, or the parameters of an operation; the answer. Raises Refusal."""
        ...

    async def fetch(self, path: str) -> Json | None:
        """What is there, or None."""
        ...


class Report(msgspec.Struct):
    """What a load did. ``kept`` were changed here since they were loaded, and stay so."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    kept: tuple[str, ...] = ()


def digest(resource: Json) -> str:
    """The same for the same content, whatever the server adds."""
    plain = {key: value for key, value in resource.items() if key not in ("meta", "id")}
    return hashlib.sha256(json.encode(plain)).hexdigest()[:32]


def marked(resource: Json) -> Json:
    """With the digest of its content as a tag."""
    meta = resource.get("meta", {})
    tag = {"system": MARK, "code": digest(resource)}
    return resource | {"meta": meta | {"tag": [*meta.get("tag", ()), tag]}}


def _mark(resource: Json) -> str:
    tags = resource.get("meta", {}).get("tag", ())
    return next((tag["code"] for tag in tags if tag.get("system") == MARK), "")


def _state(wanted: Iterable[Json]) -> Json:
    """The note that a set was loaded, whatever happened to its entries since."""
    found = "".join(f"{name(one)} {_mark(one)}\n" for one in wanted)
    noted = hashlib.sha256(found.encode()).hexdigest()
    return marked(
        {
            "resourceType": "Basic",
            "id": "xc-catalogue-state",
            "code": {"text": "起始目录已载入 starter catalogues loaded"},
            "extension": [{"url": extension_url("catalogue-digest"), "valueString": noted}],
        }
    )


def name(resource: Json) -> str:
    """Type and id."""
    return f"{resource['resourceType']}/{resource['id']}"


async def load(
    target: Target,
    resources: Iterable[Json] | None = None,
    *,
    force: bool = False,
    wait: bool = True,
    quick: bool = False,
    say: Callable[[int], None] = lambda _: None,
) -> Report:
    """Load the starter catalogues, or other resources of the same kind.

    May be called again at any time: what is there already is not written. With ``force`` what
    was changed here is overwritten too. The first load waits until entries can be searched for
    (the server leaves writers of before some time), unless ``wait`` is False. ``quick`` does
    nothing where this very set was loaded before. ``say`` hears how many are done.
    """
    report = Report()
    wanted = [marked(one) for one in (everything() if resources is None else resources)]
    state = _state(wanted)
    if quick and _mark(await target.fetch(name(state)) or {}) == _mark(state):
        report.unchanged = len(wanted)
        return report
    run = await prepare(target)
    for start in range(0, len(wanted), AT_ONCE):
        await _some(target, wanted[start : start + AT_ONCE], report, force=force)
        say(min(start + AT_ONCE, len(wanted)))
    if resources is None:
        await target.carry_out(transaction([state]))
    if wait:
        await _searchable(target, run)
    return report


async def prepare(target: Target) -> int:
    """Make the search parameter before there is anything to index; the run that does, or 0."""
    wanted = marked(searching.parameter())
    there = await target.fetch(name(wanted))
    if there is not None and digest(there) == _mark(wanted):
        return 0
    await target.carry_out(transaction([wanted]))
    types = [{"name": "type", "valueCode": one} for one in searching.TYPES]
    answer = await target.carry_out({"resourceType": "Parameters", "parameter": types}, "/$reindex")
    return _values(answer)["run"]


async def _searchable(target: Target, run: int) -> None:
    """Return when the entries can be searched for, or after a minute: it goes on without us."""
    for _ in range(300):
        status = await target.fetch(f"$reindex-status?run={run}") if run else None
        if status is None or _values(status)["state"] != "running":
            return
        await asyncio.sleep(0.2)


def _values(parameters: Json) -> dict[str, Any]:
    return {
        one["name"]: next((v for k, v in one.items() if k.startswith("value")), None)
        for one in parameters["parameter"]
    }


async def current(target: Target, names: Sequence[str]) -> list[Json | None]:
    """What is there under these names, in one round trip."""
    entries = [{"request": {"method": "GET", "url": one}} for one in names]
    asked = {"resourceType": "Bundle", "type": "batch", "entry": entries}
    answer = await target.carry_out(asked)
    return [
        entry.get("resource") if entry["response"]["status"].startswith("200") else None
        for entry in answer["entry"]
    ]


async def _some(target: Target, wanted: list[Json], report: Report, *, force: bool) -> None:
    there = await current(target, [name(one) for one in wanted])
    due: list[Json] = []
    for new, old in zip(wanted, there, strict=True):
        if old is None:
            report.created += 1
            due.append(new)
        elif digest(old) == _mark(new):
            report.unchanged += 1
        elif digest(old) != _mark(old) and not force:
            report.kept += (name(new),)
        else:
            report.updated += 1
            due.append(new)
    if due:
        await target.carry_out(transaction(due))


def transaction(resources: Iterable[Json]) -> Json:
    """One transaction that puts all of them."""
    entries = [
        {"resource": one, "request": {"method": "PUT", "url": name(one)}} for one in resources
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def refused(told: str) -> Invalid:
    """A target's refusal, as both languages tell it."""
    return Invalid(
        Issue(
            "processing",
            f"The server does not take the catalogue: {told}. Nothing of this step was written.",
            f"服务未接受目录数据：{told}。本步骤未写入任何内容。",
        )
    )
