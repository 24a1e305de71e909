"""All that can be said of a resource: what ``$validate`` answers.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/resource-operation-validate.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.fhir import definitions
from xinglin.fhir.validation import validate
from xinglin.fhir.validation.invariants import validate_invariants
from xinglin.fhir.validation.profiles import BASE, validate_profile
from xinglin.kernel.errors import Issue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xinglin.fhir.path import Resolver, Terminology
    from xinglin.fhir.validation.profiles import FindProfile


def validate_fully(
    resource: Any,
    profiles: Iterable[str] = (),
    *,
    find: FindProfile | None = None,
    resolver: Resolver | None = None,
    terminology: Terminology | None = None,
) -> list[Issue]:
    """Structure, then invariants, then the given profiles and those that the resource claims.

    ``find`` gives a StructureDefinition by its address; one that it does not know is a warning,
    or an error when it was asked for. Structural errors are told alone: what follows needs sound
    structure.
    """
    issues = validate(resource)
    if issues:
        return issues
    issues = validate_invariants(resource, resolver=resolver, terminology=terminology)
    wanted = list(profiles)
    claimed = [p for p in resource.get("meta", {}).get("profile", ()) if p and p not in wanted]
    for address in (*wanted, *claimed):
        if address.removeprefix(BASE) in definitions.types():
            issues += _base(resource, address)
            continue
        profile = find(address.partition("|")[0]) if find else None
        if profile is None:
            issues.append(_unknown(address, asked=address in wanted))
        else:
            issues += validate_profile(
                resource, profile, find=find, resolver=resolver, terminology=terminology
            )
    return list(dict.fromkeys(issues))


def _base(resource: dict[str, Any], address: str) -> list[Issue]:
    """The profile is a type of the specification: being of that type is all it asks."""
    name = address.removeprefix(BASE)
    kind = resource["resourceType"]
    if name in (kind, "Resource", definitions.definition(kind).base):
        return []
    text = f"{kind}: is no {name}, which the profile {address} asks for."
    return [Issue("invalid", text, f"{kind}：结构定义 {address} 要求类型 {name}。", (kind,))]


def _unknown(address: str, *, asked: bool) -> Issue:
    return Issue(
        "not-found",
        f"The profile {address} is not known here, so it was not checked; "
        "load its StructureDefinition first.",
        f"此处没有结构定义 {address}，因此未作检查；请先加载该 StructureDefinition。",
        (),
        "error" if asked else "warning",
    )
