"""Elements that a policy hides: taken out of what is sent, and out of reach of what is written.

https://hl7.org/fhir/R4/search.html#elements for the tag SUBSETTED: such a body cannot be put back.
"""

from __future__ import annotations

from typing import Any

from xinglin.fhir import json
from xinglin.kernel.errors import Forbidden, Invalid, Issue

SUBSETTED = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "SUBSETTED",
}


def conceal(resource: dict[str, Any], paths: tuple[str, ...]) -> dict[str, Any]:
    """A copy without the elements, tagged if anything was taken out."""
    shown = resource
    for path in paths:
        shown = _without(shown, path.split("."))
    if shown is resource:
        return resource
    meta = dict(shown.get("meta", {}))
    meta["tag"] = [*meta.get("tag", ()), SUBSETTED]
    return {**shown, "meta": meta}


def without(resource: dict[str, Any], paths: tuple[str, ...]) -> dict[str, Any]:
    """A copy without the elements, untagged: what a patch of somebody else is applied to."""
    for path in paths:
        resource = _without(resource, path.split("."))
    return resource


def restored(
    paths: tuple[str, ...], type_: str, before: dict[str, Any], after: dict[str, Any]
) -> dict[str, Any]:
    """What came out of a patch, with the hidden elements of the image before.

    So a patch can neither test nor copy what it may not see. Where the hidden is inside an element
    that the patch has changed, it cannot be put back to its place: that is refused.
    """
    merged = dict(after)
    for path in paths:
        parts = path.split(".")
        if not _values(before, parts):
            continue
        for name in (parts[0], f"_{parts[0]}"):
            changed = merged.get(name) != without(before, paths).get(name)
            if changed or (len(parts) == 1 and name in after):
                raise _forbidden(type_, path)
            if name in before:
                merged[name] = before[name]
    return {name: merged[name] for name in before if name in merged} | merged


def conceal_body(body: str, paths: tuple[str, ...]) -> bytes:
    """The same for stored bytes."""
    raw = body.encode()
    return json.encode(conceal(json.decode(raw), paths)) if paths and raw else raw


def is_subsetted(resource: dict[str, Any]) -> bool:
    """Whether the body was read with something left out."""
    tags = resource.get("meta", {}).get("tag", ())
    return any(all(tag.get(k) == v for k, v in SUBSETTED.items()) for tag in tags)


def refuse_subsetted(resource: dict[str, Any]) -> None:
    """Refuse to put back what was read with something left out: the rest would be lost."""
    if is_subsetted(resource):
        raise Invalid(
            Issue(
                "business-rule",
                "The body is tagged SUBSETTED: it was read with elements left out, and writing it "
                "would lose them. Use PATCH for what you want to change.",
                "请求体带有 SUBSETTED 标签：读取时省略了部分元素，写回会丢失它们。请改用 PATCH。",
                (f"{resource.get('resourceType', 'Resource')}.meta.tag",),
            )
        )


def check(
    paths: tuple[str, ...],
    type_: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    """Refuse a write that touches a hidden element."""
    if after is None:
        return
    for path in paths:
        parts = path.split(".")
        if _values(before, parts) != _values(after, parts):
            raise _forbidden(type_, path)


def _forbidden(type_: str, path: str) -> Forbidden:
    return Forbidden(
        Issue(
            "forbidden",
            f"You may not write {type_}.{path}. Use PATCH for the other elements.",
            f"您无权写入 {type_}.{path}。其他元素请用 PATCH 修改。",
            (f"{type_}.{path}",),
        )
    )


def _without(node: dict[str, Any], parts: list[str]) -> dict[str, Any]:
    """A copy without the element; the same object if it has none."""
    name, *rest = parts
    if not rest:
        if name not in node and f"_{name}" not in node:
            return node
        return {k: v for k, v in node.items() if k not in {name, f"_{name}"}}
    value = node.get(name)
    if isinstance(value, dict):
        inner: Any = _without(value, rest)
        changed = inner is not value
    elif isinstance(value, list):
        inner = [_without(one, rest) if isinstance(one, dict) else one for one in value]
        changed = any(new is not old for new, old in zip(inner, value, strict=True))
    else:
        return node
    return {**node, name: inner} if changed else node


def _values(node: Any, parts: list[str]) -> list[Any]:
    """The values at a path, exactly as they are written."""
    if isinstance(node, list):
        return [value for one in node for value in _values(one, parts)]
    if not isinstance(node, dict):
        return []
    name, *rest = parts
    if rest:
        return _values(node.get(name), rest)
    return [json.encode(node[k]) for k in (name, f"_{name}") if k in node]
