"""JSON Patch: a list of operations on a JSON document, all or none.

RFC 6902 (operations), RFC 6901 (JSON Pointer); FHIR R4 §3.1.0.6 patch.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, NamedTuple, NoReturn

from xinglin.fhir.json import MAX_DEPTH
from xinglin.fhir.patch.copying import copied, measured, pruned
from xinglin.kernel.errors import Invalid, Issue, Malformed

MAX_COPIED = 100_000
"""Values that the copy operations of one patch may make: copying into itself doubles."""

_TILDE = re.compile(r"~(?![01])")
_INDEX = re.compile(r"0|[1-9][0-9]*")
_MISSING = object()
_NEEDS = {
    "add": ("path", "value"),
    "remove": ("path",),
    "replace": ("path", "value"),
    "move": ("from", "path"),
    "copy": ("from", "path"),
    "test": ("path", "value"),
}


class _Operation(NamedTuple):
    """One operation with what is needed to say where it went wrong."""

    number: int
    op: str
    path: list[str]
    source: list[str]
    value: Any
    text: str

    def malformed(self, en: str, zh: str) -> NoReturn:
        raise Malformed(_issue("structure", self.number, self.text, en, zh))

    def impossible(self, en: str, zh: str) -> NoReturn:
        raise Invalid(_issue("processing", self.number, self.text, en, zh))


def json_patch(document: Any, operations: Any, *, fhir: bool = False) -> Any:
    """Return the document with the operations applied; the given one is left as it is.

    With ``fhir`` the document is a resource: it must stay an object, and an array or object that
    the patch has emptied is taken out, as FHIR JSON knows no empty ones; RFC 6902 leaves it in.
    ``Malformed`` (400) when the patch itself is wrong, ``Invalid`` (422) when an operation cannot
    be applied or a ``test`` fails; the issue names the operation by its index and path.
    """
    if not isinstance(operations, list):
        raise Malformed(
            Issue(
                "structure",
                "A JSON Patch is an array of operations; send [{…}, …].",
                "JSON Patch 应为操作数组，请发送 [{…}, …]。",
            )
        )
    read = [_read(number, operation) for number, operation in enumerate(operations)]
    result = copied(document)
    emptied: list[Any] = []
    room = MAX_COPIED
    for operation in read:
        room -= _cost(result, operation)
        if room < 0:
            operation.impossible(
                f"the patch copies more than {MAX_COPIED} values; send fewer copies",
                f"补丁复制的值超过 {MAX_COPIED} 个，请减少 copy",
            )
        result = _apply(result, operation, emptied)
    if not fhir:
        return result
    if not isinstance(result, dict):
        raise Invalid(
            Issue(
                "processing",
                "JSON Patch: the result is no resource; do not replace the whole of it.",
                "JSON Patch：结果不是资源，请不要替换整个资源。",
            )
        )
    return pruned(result, set(map(id, emptied)))


def _cost(document: Any, operation: _Operation) -> int:
    """Count what a copy makes anew, and refuse what would nest too deep."""
    if operation.op not in ("add", "replace", "copy", "move"):
        return 0
    copying = operation.op in ("copy", "move")
    value = _get(document, operation, operation.source) if copying else operation.value
    count, depth = measured(value)
    if len(operation.path) + depth > MAX_DEPTH + 1:
        operation.impossible(
            f"the result would be nested more than {MAX_DEPTH} levels deep; flatten it",
            f"结果嵌套将超过 {MAX_DEPTH} 层，请减少嵌套",
        )
    return count if operation.op == "copy" else 0


def _issue(code: str, number: int, what: str, en: str, zh: str) -> Issue:
    return Issue(
        code,
        f"JSON Patch operation [{number}]{what}: {en}.",
        f"JSON Patch 操作 [{number}]{what}：{zh}。",
    )


def _read(number: int, raw: Any) -> _Operation:
    if not isinstance(raw, dict):
        raise Malformed(
            _issue("structure", number, "", "must be an object with ‘op’", "应为带“op”的对象")
        )
    op = raw.get("op")
    if not isinstance(op, str) or op not in _NEEDS:
        known = ", ".join(_NEEDS)
        raise Malformed(
            _issue(
                "structure", number, "", f"‘op’ must be one of {known}", f"“op”应为 {known} 之一"
            )
        )
    for name in _NEEDS[op]:
        if name not in raw:
            raise Malformed(
                _issue("required", number, f" ({op})", f"add ‘{name}’", f"缺少“{name}”")
            )
    source = _pointer(number, raw["from"]) if "from" in _NEEDS[op] else []
    path = _pointer(number, raw["path"])
    return _Operation(number, op, path, source, raw.get("value"), f" ({op} {raw['path']})")


def _pointer(number: int, text: Any) -> list[str]:
    if not isinstance(text, str) or (text and text[0] != "/") or _TILDE.search(text):
        raise Malformed(
            _issue(
                "value",
                number,
                "",
                f"‘{text}’ is no JSON Pointer; write /a/0/b with ~1 for / and ~0 for ~",
                f"“{text}”不是 JSON Pointer；请写作 /a/0/b，其中 / 写作 ~1、~ 写作 ~0",
            )
        )
    return [p.replace("~1", "/").replace("~0", "~") for p in text.split("/")[1:]]


def _apply(document: Any, operation: _Operation, emptied: list[Any]) -> Any:
    match operation.op:
        case "add":
            return _add(document, operation, copied(operation.value))
        case "remove":
            _remove(document, operation, operation.path, emptied)
            return document
        case "replace":
            return _replace(document, operation)
        case "copy":
            return _add(document, operation, copied(_get(document, operation, operation.source)))
        case "move":
            return _move(document, operation, emptied)
        case _:
            if not _alike(_get(document, operation, operation.path), operation.value):
                operation.impossible(
                    "the value there is another; read the resource again",
                    "该处的值不同，请重新读取资源",
                )
            return document


def _move(document: Any, operation: _Operation, emptied: list[Any]) -> Any:
    source, path = operation.source, operation.path
    if path[: len(source)] == source and len(path) > len(source):
        operation.impossible("cannot move a value into itself", "不能把值移到它自身之内")
    if path == source:
        _get(document, operation, source)
        return document
    return _add(document, operation, _remove(document, operation, source, emptied))


def _add(document: Any, operation: _Operation, value: Any) -> Any:
    if not operation.path:
        return value
    holder, last = _holder(document, operation, operation.path)
    if isinstance(holder, dict):
        holder[last] = value
    else:
        holder.insert(_place(holder, last, operation, past_end=True), value)
    return document


def _replace(document: Any, operation: _Operation) -> Any:
    value = copied(operation.value)
    if not operation.path:
        return value
    _get(document, operation, operation.path)
    holder, last = _holder(document, operation, operation.path)
    if isinstance(holder, dict):
        holder[last] = value
    else:
        holder[_place(holder, last, operation)] = value
    return document


def _remove(document: Any, operation: _Operation, path: list[str], emptied: list[Any]) -> Any:
    """Take a value out; the container goes on the list when it is its last."""
    if not path:
        operation.impossible("the whole document cannot be removed", "不能移除整个文档")
    holder, last = _holder(document, operation, path)
    if isinstance(holder, dict):
        if last not in holder:
            _absent(operation, path)
        value = holder.pop(last)
    else:
        value = holder.pop(_place(holder, last, operation))
    if not holder:
        emptied.append(holder)
    return value


def _holder(document: Any, operation: _Operation, path: list[str]) -> tuple[Any, str]:
    holder = _get(document, operation, path[:-1])
    if not isinstance(holder, (dict, list)):
        operation.impossible(
            f"{_text(path[:-1])} is neither an object nor an array",
            f"{_text(path[:-1])} 既不是对象也不是数组",
        )
    return holder, path[-1]


def _get(document: Any, operation: _Operation, path: list[str]) -> Any:
    value = document
    for depth, name in enumerate(path):
        if isinstance(value, dict):
            value = value.get(name, _MISSING)
        elif isinstance(value, list):
            value = value[_place(value, name, operation)]
        else:
            value = _MISSING
        if value is _MISSING:
            _absent(operation, path[: depth + 1])
    return value


def _absent(operation: _Operation, path: list[str]) -> NoReturn:
    operation.impossible(f"there is nothing at {_text(path)}", f"{_text(path)} 处没有内容")


def _place(holder: list[Any], name: str, operation: _Operation, *, past_end: bool = False) -> int:
    if name == "-" and past_end:
        return len(holder)
    if not _INDEX.fullmatch(name) or len(name) > 9:
        operation.impossible(f"‘{name}’ is no index of an array", f"“{name}”不是数组下标")
    index = int(name)
    if index > len(holder) or (index == len(holder) and not past_end):
        operation.impossible(
            f"the array has {len(holder)} items, so {index} is beyond its end",
            f"数组只有 {len(holder)} 项，下标 {index} 越界",
        )
    return index


def _text(path: list[str]) -> str:
    return "".join("/" + p.replace("~", "~0").replace("/", "~1") for p in path) or "the document"


def _alike(a: Any, b: Any) -> bool:
    """RFC 6902 §4.6: numbers by value, but a truth is no number."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_alike(a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(_alike(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, (int, Decimal)) and isinstance(b, (int, Decimal)):
        return a == b
    return type(a) is type(b) and bool(a == b)
