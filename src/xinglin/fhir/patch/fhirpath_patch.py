"""FHIRPath Patch: a Parameters resource of operations on a resource, all or none.

FHIR R4 §2.3.10 FHIRPath Patch, https://hl7.org/fhir/R4/fhirpatch.html.
"""

from __future__ import annotations

from typing import Any

from xinglin.fhir import path
from xinglin.fhir.json import MAX_DEPTH
from xinglin.fhir.patch.copying import copied, measured
from xinglin.fhir.patch.field import Field, Item
from xinglin.fhir.patch.operation import Operation, read
from xinglin.fhir.path.model import Element


def fhirpath_patch(resource: dict[str, Any], parameters: Any) -> dict[str, Any]:
    """Return the resource with the operations applied; the given one is left as it is.

    ``Malformed`` (400) when the patch itself is wrong, ``Invalid`` (422) when an operation cannot
    be applied; the issue's expression is ``Parameters.parameter[n]``.
    """
    operations = read(parameters)
    result = copied(resource)
    for operation in operations:
        _ACTIONS[operation.type](result, operation)
    if operations and measured(result)[1] > MAX_DEPTH + 1:
        operations[-1].impossible(
            f"the result is nested more than {MAX_DEPTH} levels deep; flatten it",
            f"结果嵌套超过 {MAX_DEPTH} 层，请减少嵌套",
        )
    return result


def _nodes(resource: dict[str, Any], operation: Operation) -> list[path.Node]:
    try:
        found = operation.path.items(resource)
    except path.PathError as error:
        operation.unreadable(error)
    nodes = [n for n in found if isinstance(n, path.Node)]
    if len(nodes) != len(found):
        operation.impossible(
            f"{operation.source} gives calculated values, not elements",
            f"{operation.source} 得到的是计算值，而不是元素",
        )
    return nodes


def _one(resource: dict[str, Any], operation: Operation) -> path.Node:
    nodes = _nodes(resource, operation)
    if len(nodes) != 1:
        operation.impossible(
            f"{operation.source} finds {len(nodes)} elements, but one is needed",
            f"{operation.source} 找到 {len(nodes)} 个元素，应恰为 1 个",
        )
    return nodes[0]


def _field(node: path.Node, operation: Operation) -> Field:
    parent = node.parent
    if parent is None:
        operation.impossible(
            "the resource itself cannot be deleted or replaced", "不能删除或替换资源本身"
        )
    return Field(parent.value, node.key, many=node.index is not None)


def _body(node: path.Node) -> dict[str, Any]:
    """Return the object of a node; of a primitive the one that holds its extensions, made anew."""
    if not node.type.system:
        return node.value
    if node.shadow is not None:
        return node.shadow
    shadow: dict[str, Any] = {}
    node.shadow = shadow
    if node.parent is not None:
        field = Field(node.parent.value, node.key, many=node.index is not None)
        items, index = field.read(), node.index or 0
        items[index] = Item(items[index].value, shadow)
        field.write(items)
    return shadow


def _element(node: path.Node, name: str, operation: Operation) -> Element:
    plain = name.removesuffix("[x]")
    found = node.type.element(plain) or node.type.keys.get(plain)
    if found is None:
        operation.impossible(
            f"{node.type.name} has no element {name}", f"{node.type.name} 没有元素 {name}"
        )
    return found


def _add(resource: dict[str, Any], operation: Operation) -> None:
    node = _one(resource, operation)
    element = _element(node, operation.name, operation)
    key, item = operation.item(element)
    holder = _body(node)
    for other in element.keys:
        if not element.many and (other in holder or f"_{other}" in holder):
            operation.impossible(
                f"{node.path}.{element.name} has a value already; use replace",
                f"{node.path}.{element.name} 已有值，请用 replace",
            )
    field = Field(holder, key, many=element.many)
    field.write([*field.read(), item])


def _insert(resource: dict[str, Any], operation: Operation) -> None:
    field, element = _list(resource, operation)
    items, index = field.read(), operation.number("index")
    if index > len(items):
        operation.impossible(
            f"there are {len(items)} items, so index {index} is beyond the end",
            f"共有 {len(items)} 项，index {index} 越界",
        )
    items.insert(index, operation.item(element)[1])
    field.write(items)


def _move(resource: dict[str, Any], operation: Operation) -> None:
    field, _ = _list(resource, operation)
    items = field.read()
    source, destination = operation.number("source"), operation.number("destination")
    if max(source, destination) >= len(items):
        operation.impossible(
            f"there are {len(items)} items; source and destination must be below that",
            f"共有 {len(items)} 项，source 与 destination 须小于此数",
        )
    items.insert(destination, items.pop(source))
    field.write(items)


def _list(resource: dict[str, Any], operation: Operation) -> tuple[Field, Element]:
    """Find the list that the path names, which may be empty."""
    split = operation.path.split()
    if split is None:
        operation.impossible(
            f"{operation.source} names no list; end it with the name of a repeating element",
            f"{operation.source} 不是列表；请以可重复元素的名称结尾",
        )
    owner, name = split
    try:
        found = owner.items(resource)
    except path.PathError as error:
        operation.unreadable(error)
    if len(found) != 1 or not isinstance(found[0], path.Node):
        operation.impossible(
            f"{operation.source} must name the list of one element, not of {len(found)}",
            f"{operation.source} 应为一个元素的列表，而不是 {len(found)} 个",
        )
    element = _element(found[0], name, operation)
    if not element.many:
        operation.impossible(
            f"{operation.source} does not repeat; use add or replace",
            f"{operation.source} 不可重复，请用 add 或 replace",
        )
    return Field(_body(found[0]), element.keys[0], many=True), element


def _delete(resource: dict[str, Any], operation: Operation) -> None:
    nodes = _nodes(resource, operation)
    if not nodes:
        return
    node = _one(resource, operation)
    field = _field(node, operation)
    items = field.read()
    del items[node.index or 0]
    field.write(items)
    if node.parent is not None:
        _prune(node.parent)


def _prune(node: path.Node) -> None:
    """Remove what has become empty, up to the resource."""
    while node.parent is not None and not node.value:
        field = Field(node.parent.value, node.key, many=node.index is not None)
        items, index = field.read(), node.index or 0
        kept = items[index].value if node.type.system else None
        if kept is None:
            del items[index]
        else:
            items[index] = Item(kept)
        field.write(items)
        node = node.parent


def _replace(resource: dict[str, Any], operation: Operation) -> None:
    node = _one(resource, operation)
    field = _field(node, operation)
    parent = node.parent
    element = parent.type.keys.get(node.key) if parent is not None else None
    if element is None:
        element = Element(node.key, (node.type,), _nothing, (node.key,), many=field.many)
    key, item = operation.item(element, same=node.key)
    if key != node.key:
        field.write([])
        field = Field(field.holder, key, many=False)
        field.write([item])
        return
    items = field.read()
    items[node.index or 0] = item
    field.write(items)


def _nothing(_node: path.Node, _out: list[Any]) -> None:
    """Stand in for the collector of an element of unknown type."""


_ACTIONS = {
    "add": _add,
    "insert": _insert,
    "delete": _delete,
    "replace": _replace,
    "move": _move,
}
