"""``$validate``: structure, references, invariants; and what a write of it would meet.

https://hl7.org/fhir/R4/resource-operation-validate.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.fhir import invariants, json, validation
from xinglin.fhir.outcome import operation_outcome
from xinglin.kernel.errors import Issue, Malformed, Refusal

from .registry import Call, Reply

if TYPE_CHECKING:
    from xinglin.cdr.repository import Interactions

    from .registry import Registry

_MODES = ("create", "update", "delete", "profile")
_BASE = "http://hl7.org/fhir/StructureDefinition/"
DEFINITION = "http://hl7.org/fhir/OperationDefinition/Resource-validate"


class Validate:
    """The operation over one repository."""

    def __init__(self, repository: Interactions) -> None:
        self._repository = repository

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
        profile = call.parameters.text("profile")
        if profile and not profile.startswith(_BASE):
            issues.append(_unknown_profile(profile))
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
        issues = validate(resource)
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
        return [] if mode == "delete" else validate(json.decode(result.body))


def validate(resource: dict[str, Any]) -> list[Issue]:
    """Structure first; invariants only of what has a sound structure."""
    issues = validation.validate(resource)
    if any(issue.severity in ("error", "fatal") for issue in issues):
        return issues
    return [*issues, *invariants.check(resource)]


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


def _unknown_profile(profile: str) -> Issue:
    return Issue(
        "not-supported",
        f"{profile} is not loaded here; checked against the base definition only",
        f"此处没有 {profile}；仅按基础定义校验",
        ("Resource.meta.profile",),
        "warning",
    )
