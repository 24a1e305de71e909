"""A Bundle sent to the base: a batch or a transaction.

https://hl7.org/fhir/R4/http.html#transaction
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from xinglin.fhir import validation
from xinglin.kernel.errors import Invalid, Issue, Malformed

from . import batch, entries, transaction

if TYPE_CHECKING:
    from xinglin.cdr.access import Access
    from xinglin.cdr.context import Context

    from .replying import Style
    from .result import Result

_KINDS = ("batch", "transaction")
_PLAIN = frozenset(("fullUrl", "resource", "request"))
_REQUEST = frozenset(("method", "url", "ifNoneExist"))
_NO_RESOURCE: dict[str, Any] = {}
_ADDRESS = re.compile(r"\S+")


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
    if resource["type"] == "batch":
        return await batch.run(ctx, access, entries.parse_each(resource, style.base), style)
    return await transaction.run(ctx, access, entries.parse(resource, style.base), style)


def check(resource: dict[str, Any]) -> None:
    """Refuse a Bundle that is broken itself; what it carries is looked at later, in its place."""
    entries_ = resource.get("entry")
    shell = dict(resource)
    issues: list[Issue] = []
    if isinstance(entries_, list):
        if entries_ and all(map(_is_plain, entries_)):
            del shell["entry"]
        else:
            shell["entry"] = [_without_resource(entry) for entry in entries_]
            issues = [_no_object(n) for n, entry in enumerate(entries_) if _is_broken(entry)]
    issues += validation.validate(shell)
    if any(issue.severity in {"error", "fatal"} for issue in issues):
        raise Invalid(*issues)


def _is_plain(entry: Any) -> bool:
    """Whether it is as most are, and so needs no closer look."""
    if type(entry) is not dict or not entry.keys() <= _PLAIN:
        return False
    request = entry.get("request")
    return (
        type(entry.get("fullUrl", "x")) is str
        and _ADDRESS.fullmatch(entry.get("fullUrl", "x")) is not None
        and type(entry.get("resource", _NO_RESOURCE)) is dict
        and type(request) is dict
        and request.keys() <= _REQUEST
        and type(request.get("url")) is str
        and _ADDRESS.fullmatch(request["url"]) is not None
        and request.get("method") in entries.METHODS
        and type(request.get("ifNoneExist", "x")) is str
        and request.get("ifNoneExist", "x").strip() != ""
    )


def _without_resource(entry: Any) -> Any:
    if isinstance(entry, dict):
        return {name: value for name, value in entry.items() if name != "resource"}
    return entry


def _is_broken(entry: Any) -> bool:
    return isinstance(entry, dict) and not isinstance(entry.get("resource", {}), dict)


def _no_object(index: int) -> Issue:
    return Issue(
        "structure",
        "A resource is a JSON object.",
        "资源必须是 JSON 对象。",
        (f"Bundle.entry[{index}].resource",),
    )
