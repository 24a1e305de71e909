"""Loads catalogue resources through the ordinary API: what is new or changed, nothing else.

https://hl7.org/fhir/R4/http.html#transaction; what somebody changed here since is left alone.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
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
WAIT: Final = 60.0  # seconds
EVERY: Final = 0.2  # seconds between looks
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
    """What a load did. ``kept`` were changed here since they were loaded, and stay so.

    ``searchable``: whether entries are found by their terms already.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    kept: tuple[str, ...] = ()
    searchable: bool = True


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
    wait: float = WAIT,
    quick: bool = False,
    say: Callable[[int], None] = lambda _: None,
) -> Report:
    """Load the starter catalogues, or other resources of the same kind.

    May be called again at any time: what is there already is not written. With ``force`` what
    was changed here is overwritten too. It waits, ``wait`` seconds at the most, until
    entries can be searched for (the server leaves writers of before some time), and the report
    says whether they can. ``quick`` does nothing where this very set was loaded before. ``say``
    hears how many are done.
    """
    report = Report()
    wanted = [marked(one) for one in (everything() if resources is None else resources)]
    state = _state(wanted)
    if quick and _mark(await target.fetch(name(state)) or {}) == _mark(state):
        report.unchanged = len(wanted)
        return report
    await prepare(target)
    for start in range(0, len(wanted), AT_ONCE):
        await _some(target, wanted[start : start + AT_ONCE], report, force=force)
        say(min(start + AT_ONCE, len(wanted)))
    if resources is None:
        await target.carry_out(transaction([state]))
    report.searchable = await _searchable(target, wait)
    return report


async def prepare(target: Target) -> None:
    """Make the search parameter before there is anything to index.

    Also where it is there but not in use: whoever stored it may not have come any further.
    """
    wanted = marked(searching.parameter())
    there = await target.fetch(name(wanted))
    if there is None or digest(there) != _mark(wanted):
        await target.carry_out(transaction([wanted]))
    elif await _understood(target):
        return
    types = [{"name": "type", "valueCode": one} for one in searching.TYPES]
    await target.carry_out({"resourceType": "Parameters", "parameter": types}, "/$reindex")


async def _understood(target: Target) -> bool:
    """Whether the server searches by the parameter: what it ignores is not in the self link."""
    code = searching.parameter()["code"]
    found = await target.fetch(f"{searching.TYPES[0]}?{code}=x&_summary=count") or {}
    return any(f"{code}=" in link["url"] for link in found.get("link", ()))


async def _searchable(target: Target, wait: float) -> bool:
    """Whether entries can be searched for, looked at for so many seconds; it goes on alone."""
    until = time.monotonic() + wait
    while not await _understood(target):
        if time.monotonic() >= until:
            return False
        await asyncio.sleep(EVERY)
    return True


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
