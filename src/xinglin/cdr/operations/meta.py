"""``$meta``, ``$meta-add``, ``$meta-delete``: profiles, tags and security labels.

https://hl7.org/fhir/R4/resource-operation-meta.html, -meta-add.html and -meta-delete.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.fhir import json
from xinglin.kernel.errors import Issue, Malformed, PreconditionFailed

from .registry import Call, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from xinglin.cdr.repository import Interactions

    from .registry import Registry

_LISTS = ("profile", "security", "tag")
_BASE = "http://hl7.org/fhir/OperationDefinition/Resource-"
_ATTEMPTS = 5
Meta = dict[str, Any]


class MetaOperations:
    """The three operations over one repository."""

    def __init__(self, repository: Interactions) -> None:
        self._repository = repository

    def register(self, registry: Registry) -> None:
        """Make them callable on every type."""
        registry.register("meta", ("instance",), (), self.meta, definition=_BASE + "meta")
        for name, handler in (("meta-add", self.add), ("meta-delete", self.delete)):
            registry.register(
                name, ("instance",), (), handler, changes=True, definition=_BASE + name
            )

    async def meta(self, call: Call) -> Reply:
        """The meta of a resource."""
        result = await self._repository.read(call.access, call.type, call.id)
        return _reply(json.decode(result.body).get("meta", {}))

    async def add(self, call: Call) -> Reply:
        """What is there and what is given."""
        return await self._change(call, _added)

    async def delete(self, call: Call) -> Reply:
        """What is there without what is given."""
        return await self._change(call, _removed)

    async def _change(self, call: Call, how: Callable[[Meta, Meta], Meta]) -> Reply:
        given = call.parameters.element("meta")
        if given is None:
            raise _nothing()
        for attempt in range(_ATTEMPTS):
            current = await self._repository.read(call.access, call.type, call.id)
            resource = json.decode(current.body)
            before = resource.get("meta", {})
            after = how(before, given)
            if after == before:
                return _reply(before)
            resource["meta"] = after
            try:
                result = await self._repository.update(
                    call.access,
                    call.type,
                    call.id,
                    resource,
                    if_match=f'W/"{current.version}"',
                )
            except PreconditionFailed:
                if attempt == _ATTEMPTS - 1:
                    raise
                continue
            return _reply(json.decode(result.body).get("meta", {}))
        raise AssertionError  # the last attempt returned or raised


def _added(before: Meta, given: Meta) -> Meta:
    after = dict(before)
    for name in _LISTS:
        have = {_mark(one) for one in before.get(name, [])}
        fresh = [one for one in given.get(name, []) if _mark(one) not in have]
        if fresh:
            after[name] = [*before.get(name, []), *fresh]
    return after


def _removed(before: Meta, given: Meta) -> Meta:
    after = dict(before)
    for name in _LISTS:
        gone = {_mark(one) for one in given.get(name, [])}
        left = [one for one in before.get(name, []) if _mark(one) not in gone]
        if left:
            after[name] = left
        else:
            after.pop(name, None)
    return after


def _mark(one: Any) -> Any:
    """Codings are the same when system and code are."""
    return (one.get("system"), one.get("code")) if isinstance(one, dict) else one


def _reply(meta: Meta) -> Reply:
    parameter = [{"name": "return", "valueMeta": meta}] if meta else []
    told: dict[str, Any] = {"resourceType": "Parameters"}
    if parameter:
        told["parameter"] = parameter
    return Reply(told)


def _nothing() -> Malformed:
    return Malformed(
        Issue(
            "required",
            "Send a Parameters resource with the parameter meta (valueMeta)",
            "请发送带参数 meta（valueMeta）的 Parameters 资源",
            ("Parameters.parameter.where(name='meta')",),
        )
    )
