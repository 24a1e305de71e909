"""``Patient/$ihe-pix``: the other numbers of a person whose one number is given.

IHE ITI PIXm, transaction ITI-83, https://profiles.ihe.net/ITI/PIXm/ITI-83.html. PDQm (ITI-78) is
the search for Patient itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from xinglin.cdr.interactions import hidden, sight
from xinglin.cdr.interactions.replying import Style
from xinglin.cdr.operations.registry import Call, Registry, Reply
from xinglin.fhir import json
from xinglin.kernel.errors import Forbidden, Issue, Malformed, NotFound

from . import replies
from .queries import Tables

if TYPE_CHECKING:
    from .index import Index

_PIX: Final = "https://profiles.ihe.net/ITI/PIXm/OperationDefinition/IHE.PIXm.pix"
Json = dict[str, Any]


class PixmReference:
    """The operation over one index."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def register(self, table: Registry) -> None:
        """Make it callable."""
        table.register("ihe-pix", ("type",), ("Patient",), self.pix, definition=_PIX)

    async def pix(self, call: Call) -> Reply:
        """``sourceIdentifier`` (system|value); ``targetSystem`` (several) narrows the answer."""
        system, value = _source(call)
        wanted = call.parameters.texts("targetSystem")
        for one in wanted:
            if not await self._found(call, f"{one}|"):
                raise _unknown_system(one)
        people = await self._people(call, system, value)
        known = list(people.values())
        if not known:
            raise NotFound(
                Issue(
                    "not-found",
                    "sourceIdentifier: no patient has this identifier, or none that you may see.",
                    "sourceIdentifier：没有患者使用此标识，或者您无权查看。",
                )
            )
        parts: list[Json] = []
        seen: list[Json] = []
        for patient in known:
            targets = _targets(patient, wanted, (system, value), seen)
            seen += targets
            parts += [{"name": "targetIdentifier", "valueIdentifier": one} for one in targets]
            if not wanted or targets:
                reference = {"reference": f"{call.base}/Patient/{patient['id']}"}
                parts.append({"name": "targetId", "valueReference": reference})
        return Reply(replies.parameters(*parts), patients=tuple(people))

    async def _found(self, call: Call, token: str) -> list[str]:
        """Patients with an identifier, as the search finds them for the caller."""
        ctx = self._index.ctx
        if ctx.search is None:
            return []
        query = urlencode({"identifier": token, "_count": "20"})
        result = await ctx.search(ctx.db, call.access, ("Patient",), query, Style(call.base))
        return [
            entry["resource"]["id"]
            for entry in json.decode(result.body).get("entry", ())
            if entry.get("search", {}).get("mode") == "match"
        ]

    async def _people(self, call: Call, system: str, value: str) -> dict[int, Json]:
        """The records with the number, and all that are of the same person, as far as visible."""
        ctx = self._index.ctx
        ids = await self._found(call, f"{system}|{value}")
        numbers = await ctx.references.resolve(ctx.db, {("Patient", id_) for id_ in ids})
        rids = [numbers["Patient", id_] for id_ in ids]
        for rid in tuple(rids):
            rids += [one for one in await Tables.linked(ctx.db, rid) if one not in rids]
        told = await sight.told(ctx, ctx.db, call.access, rids, ("r",))
        return {
            rid: json.decode(
                hidden.conceal_body(told[rid].stored.body, call.access.hides("Patient"))
            )
            for rid in rids
            if rid in told and "r" in told[rid].letters and not told[rid].stored.deleted
        }


def _source(call: Call) -> tuple[str, str]:
    system, bar, value = (call.parameters.text("sourceIdentifier") or "").partition("|")
    if not bar or not system or not value:
        raise Malformed(
            Issue(
                "required",
                "sourceIdentifier takes system|value, as in sourceIdentifier=urn:oid:1.2.3|4711.",
                "sourceIdentifier 的格式为 system|value，如 sourceIdentifier=urn:oid:1.2.3|4711。",
            )
        )
    return system, value


def _targets(
    patient: Json, wanted: list[str], source: tuple[str, str], seen: list[Json]
) -> list[Json]:
    found: list[Json] = []
    for one in patient.get("identifier", ()):
        key = (one.get("system"), one.get("value"))
        known = any((o.get("system"), o.get("value")) == key for o in (*seen, *found))
        if key != source and not known and (not wanted or key[0] in wanted):
            found.append(one)
    return found


def _unknown_system(system: str) -> Forbidden:
    return Forbidden(
        Issue(
            "code-invalid",
            f"targetSystem {system[:80]} is not known here.",
            f"本机构没有标识系统 {system[:80]}。",
        )
    )
