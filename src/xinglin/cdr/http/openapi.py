"""The RESTful API as an OpenAPI document, for tools that read that and not FHIR.

OpenAPI 3.0.3; https://hl7.org/fhir/R4/http.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import xinglin
from xinglin.fhir import definitions

if TYPE_CHECKING:
    from xinglin.cdr.operations import Operation, Registry

_JSON = "application/fhir+json"
_PATCH = "application/json-patch+json"
_ID = {"type": "string", "pattern": r"^[A-Za-z0-9\-.]{1,64}$"}
_TEXT = {"type": "string"}
Spec = dict[str, Any]


def document(registry: Registry, prefix: str = "/fhir") -> Spec:
    """The whole document."""
    paths = {**_system(), **_types(), **_instances(), **_operations(registry)}
    return {
        "openapi": "3.0.3",
        "info": {"title": "Xinglin 杏林: FHIR R4", "version": xinglin.__version__},
        "servers": [{"url": prefix}],
        "paths": paths,
        "components": {"schemas": _schemas(), "parameters": _parameters()},
    }


def _schemas() -> Spec:
    return {
        "Type": {"type": "string", "enum": list(definitions.resource_types())},
        "Resource": {
            "type": "object",
            "required": ["resourceType"],
            "properties": {"resourceType": {"$ref": "#/components/schemas/Type"}, "id": _ID},
        },
        "OperationOutcome": _named("OperationOutcome", issue={"type": "array", "minItems": 1}),
        "Bundle": _named("Bundle", type=_TEXT),
        "Parameters": _named("Parameters"),
        "Patch": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["op", "path"],
                "properties": {
                    "op": {"enum": ["add", "remove", "replace", "move", "copy", "test"]},
                    "path": _TEXT,
                    "from": _TEXT,
                    "value": {},
                },
            },
        },
    }


def _named(name: str, **properties: Spec) -> Spec:
    if "issue" in properties:
        properties["issue"]["items"] = {"type": "object", "required": ["severity", "code"]}
    return {
        "type": "object",
        "required": ["resourceType", *properties],
        "properties": {"resourceType": {"enum": [name]}, **properties},
    }


def _parameters() -> Spec:
    given = {
        "type": _in("path", "type", {"$ref": "#/components/schemas/Type"}),
        "id": _in("path", "id", _ID),
        "vid": _in("path", "vid", _ID),
        "other": _in("path", "other", {"$ref": "#/components/schemas/Type"}),
        "if-match": _in("header", "If-Match", _TEXT),
        "if-none-match": _in("header", "If-None-Match", _TEXT),
        "if-none-exist": _in("header", "If-None-Exist", _TEXT),
        "prefer": _in("header", "Prefer", _TEXT),
    }
    for name in ("_id", "_lastUpdated", "_tag", "_profile", "_sort", "_include", "_revinclude"):
        given[name] = _in("query", name, _TEXT)
    for name in ("_count", "_total", "_summary", "_elements", "_since", "_filter", "_type"):
        given[name] = _in("query", name, _TEXT)
    return given


def _in(where: str, name: str, schema: Spec) -> Spec:
    return {"name": name, "in": where, "required": where == "path", "schema": schema}


def _use(*names: str) -> list[Spec]:
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _body(schema: str, kind: str = _JSON, *, required: bool = True) -> Spec:
    content = {kind: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"required": required, "content": content}


def _answers(schema: str, *statuses: int) -> Spec:
    fine = {str(one): _answer(schema) for one in statuses}
    return {**fine, "default": _answer("OperationOutcome")}


def _answer(schema: str) -> Spec:
    content = {_JSON: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": schema, "content": content}


def _do(name: str, parameters: list[Spec], answers: Spec, body: Spec | None = None) -> Spec:
    made: Spec = {"operationId": name, "parameters": parameters, "responses": answers}
    if body:
        made["requestBody"] = body
    return made


_SEARCH = (
    *("_id", "_lastUpdated", "_tag", "_profile", "_sort", "_include", "_revinclude"),
    *("_count", "_total", "_summary", "_elements", "_filter", "prefer"),
)
_FORM = {"application/x-www-form-urlencoded": {"schema": {"type": "object"}}}


def _system() -> Spec:
    form = {"required": False, "content": _FORM}
    return {
        "/": {
            "get": _do("search-system", _use("_type", *_SEARCH), _answers("Bundle", 200)),
            "post": _do("bundle", _use("prefer"), _answers("Bundle", 200), _body("Bundle")),
        },
        "/metadata": {"get": _do("capabilities", [], _answers("Resource", 200))},
        "/_history": {
            "get": _do("history-system", _use("_since", "_count"), _answers("Bundle", 200))
        },
        "/_search": {"post": _do("search-system-post", [], _answers("Bundle", 200), form)},
    }


def _types() -> Spec:
    form = {"required": False, "content": _FORM}
    return {
        "/{type}": {
            "get": _do("search-type", _use("type", *_SEARCH), _answers("Bundle", 200)),
            "post": _do(
                "create",
                _use("type", "if-none-exist", "prefer"),
                _answers("Resource", 200, 201),
                _body("Resource"),
            ),
        },
        "/{type}/_search": {
            "post": _do("search-type-post", _use("type"), _answers("Bundle", 200), form)
        },
        "/{type}/_history": {
            "get": _do("history-type", _use("type", "_since", "_count"), _answers("Bundle", 200))
        },
    }


def _instances() -> Spec:
    here = _use("type", "id")
    change = [*here, *_use("if-match", "prefer")]
    return {
        "/{type}/{id}": {
            "get": _do("read", [*here, *_use("if-none-match")], _answers("Resource", 200)),
            "put": _do(
                "update",
                [*change, *_use("if-none-match")],
                _answers("Resource", 200, 201),
                _body("Resource"),
            ),
            "patch": _do("patch", change, _answers("Resource", 200), _body("Patch", _PATCH)),
            "delete": _do("delete", change, {**_answers("OperationOutcome"), "204": _NOTHING}),
        },
        "/{type}/{id}/_history": {
            "get": _do("history", [*here, *_use("_since", "_count")], _answers("Bundle", 200))
        },
        "/{type}/{id}/_history/{vid}": {
            "get": _do("vread", [*here, *_use("vid")], _answers("Resource", 200))
        },
        "/{type}/{id}/{other}": {
            "get": _do(
                "search-compartment", [*here, *_use("other", "_count")], _answers("Bundle", 200)
            )
        },
    }


_NOTHING: Spec = {"description": "Nothing more to say"}


def _operations(registry: Registry) -> Spec:
    paths: Spec = {}
    for operation in registry:
        for level in sorted(operation.levels):
            for type_ in sorted(operation.types) or [""]:
                path, parameters = _address(operation, level, type_)
                paths[path] = _operation(operation, path, parameters)
    return paths


def _address(operation: Operation, level: str, type_: str) -> tuple[str, list[Spec]]:
    name = f"${operation.name}"
    place = "" if level == "system" else f"/{type_ or '{type}'}"
    parameters = [] if type_ or level == "system" else _use("type")
    if level == "instance":
        return f"{place}/{{id}}/{name}", [*parameters, *_use("id")]
    return f"{place}/{name}", parameters


def _operation(operation: Operation, path: str, parameters: list[Spec]) -> Spec:
    answers = _answers("Resource", 200)
    answers["202"] = _NOTHING
    mark = path.strip("/").replace("/", "-")
    body = _body("Parameters", required=False)
    made: Spec = {"post": _do(f"{mark}-post", [*parameters, *_use("prefer")], answers, body)}
    if not operation.changes:
        made["get"] = _do(f"{mark}-get", [*parameters, *_use("prefer")], answers)
    return made
