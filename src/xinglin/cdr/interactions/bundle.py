"""A Bundle sent to the base: a batch or a transaction.

https://hl7.org/fhir/R4/http.html#transaction
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.fhir import validation
from xinglin.kernel.errors import Invalid, Issue, Malformed

from . import batch, entries, transaction
from .result import Result

if TYPE_CHECKING:
    from xinglin.cdr.access import Access
    from xinglin.cdr.context import Context

    from .replying import Style

_KINDS = ("batch", "transaction")


async def bundle(ctx: Context, access: Access, resource: dict[str, Any], style: Style) -> Result:
    """Do what it asks for, and answer each entry in its place."""
    if resource.get("resourceType") != "Bundle" or resource.get("type") not in _KINDS:
        raise Malformed(
            Issue(
                "invalid",
                "Only a Bundle of type batch or transaction can be sent to the base; "
                "a resource is sent to its type, for example POST [base]/Patient.",
                "只有 batch 或 transaction 类型的 Bundle 可以发送到根地址；"
                "单个资源请发送到其类型地址，例如 POST [base]/Patient。",
                ("Bundle.type",),
            )
        )
    check(resource)
    parsed = entries.parse(resource, style.base)
    if resource["type"] == "batch":
        body = await batch.run(ctx, access, parsed, style)
    else:
        body = await transaction.run(ctx, access, parsed, style)
    return Result(status=200, body=body)


def check(resource: dict[str, Any]) -> None:
    """Refuse a Bundle that is broken itself; what it carries is looked at later, in its place."""
    shell = {
        **resource,
        "entry": [
            {k: v for k, v in entry.items() if k != "resource"}
            if isinstance(entry, dict)
            else entry
            for entry in resource["entry"]
        ]
        if isinstance(resource.get("entry"), list)
        else resource.get("entry"),
    }
    if "entry" not in resource:
        del shell["entry"]
    issues = list(validation.validate(shell))
    for index, entry in enumerate(resource.get("entry") or ()):
        if isinstance(entry, dict) and not isinstance(entry.get("resource", {}), dict):
            issues.append(
                Issue(
                    "structure",
                    "A resource is a JSON object.",
                    "资源必须是 JSON 对象。",
                    (f"Bundle.entry[{index}].resource",),
                )
            )
    if any(issue.severity in {"error", "fatal"} for issue in issues):
        raise Invalid(*issues)
