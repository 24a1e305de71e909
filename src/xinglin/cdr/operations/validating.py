"""``$validate``: structure, references, invariants; and what a write of it would meet.

https://hl7.org/fhir/R4/resource-operation-validate.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from xinglin.cdr.search import SearchRequest
from xinglin.fhir import json
from xinglin.fhir.outcome import operation_outcome
from xinglin.fhir.validation.full import validate_fully
from xinglin.kernel.errors import Issue, Malformed, Refusal

from .registry import Call, Reply

if TYPE_CHECKING:
    from xinglin.cdr.repository import Interactions
    from xinglin.cdr.search.engine import Engine
    from xinglin.kernel.database import Database

    from .registry import Registry

_BASE = "http://hl7.org/fhir/StructureDefinition/"
_MOST_PROFILES = 100
_MODES = ("create", "update", "delete", "profile")
DEFINITION = "http://hl7.org/fhir/OperationDefinition/Resource-validate"


class Validate:
    """The operation over one repository."""

    def __init__(self, repository: Interactions, engine: Engine, database: Database) -> None:
        self._repository = repository
        self._engine = engine
        self._database = database

    def register(self, registry: Registry) -> None:
        """Make it callable on every type."""
        registry.register("validate", ("type", "instance"), (), self.run, definition=DEFINITION)

    async def run(self, call: Call) -> Reply:
        """Answer 200 with an OperationOutcome, whatever it says."""
        mode = call.parameters.text("mode")
        if mode is not None and mode not in _MODES:
            raise _mode(mode)
        resource = call.resource or call.parameters.element("resource")
        issues = await self._issues(call, mode, resource)
        if not any(issue.severity in ("error", "fatal") for issue in issues):
            issues.append(_fine())
        return Reply(operation_outcome(issues, call.lang))

    async def _issues(
        self, call: Call, mode: str | None, resource: dict[str, Any] | None
    ) -> list[Issue]:
        if mode == "delete" or resource is None:
            if call.level != "instance":
                raise _nothing()
            return await self._stored(call, mode)
        issues = await self._check(call, resource)
        if resource.get("resourceType") != call.type:
            issues.append(_other_type(call.type, resource.get("resourceType")))
        if mode == "create" and resource.get("id"):
            issues.append(_id_ignored())
        if mode == "update" and call.level == "instance" and resource.get("id") != call.id:
            issues.append(_other_id(call.id))
        return issues

    async def _stored(self, call: Call, mode: str | None) -> list[Issue]:
        try:
            result = await self._repository.read(call.access, call.type, call.id)
        except Refusal as refusal:
            if mode == "delete":
                return list(refusal.issues)
            raise
        return [] if mode == "delete" else await self._check(call, json.decode(result.body))

    async def _check(self, call: Call, resource: dict[str, Any]) -> list[Issue]:
        """Structure, invariants, and the profiles asked for or claimed."""
        asked = [str(one) for one in call.parameters.all("profile")]
        claimed = _claimed(resource)
        known = await self._profiles(call, [one for one in (*asked, *claimed) if one])
        return validate_fully(resource, asked, find=known.get)

    async def _profiles(self, call: Call, wanted: list[str]) -> dict[str, dict[str, Any]]:
        """The StructureDefinitions of these addresses and of those that they build on."""
        known: dict[str, dict[str, Any]] = {}
        left = [one.partition("|")[0] for one in wanted]
        seen = set(left)
        while left and len(known) < _MOST_PROFILES:
            address = left.pop()
            profile = None if address.startswith(_BASE) else await self._profile(call, address)
            if profile is not None:
                known[address] = profile
                fresh = _mentioned(profile) - seen
                seen |= fresh
                left += sorted(fresh)
        return known

    async def _profile(self, call: Call, address: str) -> dict[str, Any] | None:
        request = SearchRequest(
            "StructureDefinition", (("url", _escaped(address)), ("_count", "1")), base=call.base
        )
        found = await self._engine.search(self._database, call.access, request)
        for entry in json.decode(found.body).get("entry", []):
            return entry["resource"]
        return None


def _claimed(resource: dict[str, Any]) -> list[str]:
    """The profiles that it says it keeps, whatever else is wrong with it."""
    meta = resource.get("meta")
    claimed = meta.get("profile") if isinstance(meta, dict) else None
    return [one for one in claimed if isinstance(one, str)] if isinstance(claimed, list) else []


def _escaped(text: str) -> str:
    return re.sub(r"([,$|\\])", r"\\\1", text)


def _mentioned(profile: dict[str, Any]) -> set[str]:
    """Addresses of profiles that a profile is built on or asks of its elements."""
    found = {profile.get("baseDefinition", "")}
    for view in ("snapshot", "differential"):
        for element in profile.get(view, {}).get("element", []):
            for type_ in element.get("type", []):
                found.update(type_.get("profile", []))
    return {one.partition("|")[0] for one in found if one}


def _fine() -> Issue:
    return Issue("informational", "No errors found", "未发现错误", severity="information")


def _mode(mode: str) -> Malformed:
    return Malformed(
        Issue(
            "value",
            f'mode "{mode}" is not known; use {", ".join(_MODES)}',
            f"不认识 mode“{mode}”；可用 {'、'.join(_MODES)}",
            ("Parameters.parameter.where(name='mode')",),
        )
    )


def _nothing() -> Malformed:
    return Malformed(
        Issue(
            "required",
            "Send the resource to validate, as the body or as the parameter resource",
            "请发送要校验的资源：作为请求体，或作为参数 resource",
            ("Parameters.parameter.where(name='resource')",),
        )
    )


def _other_type(wanted: str, given: object) -> Issue:
    return Issue(
        "invalid",
        f"The address says {wanted}, the resource {given}",
        f"地址为 {wanted}，资源却是 {given}",
        ("Resource.resourceType",),
    )


def _id_ignored() -> Issue:
    return Issue(
        "informational",
        "A create would replace the id by one of the server's",
        "创建时该 id 会被服务器分配的 id 取代",
        ("Resource.id",),
        "information",
    )


def _other_id(wanted: str) -> Issue:
    return Issue(
        "invalid",
        f"An update of {wanted} needs this very id in the resource",
        f"更新 {wanted} 时资源中的 id 必须相同",
        ("Resource.id",),
    )
