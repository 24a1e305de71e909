"""The CapabilityStatement, generated from what is really there.

https://hl7.org/fhir/R4/capabilitystatement.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import xinglin
from xinglin.fhir import definitions, json
from xinglin.fhir.search import SearchParam, SearchParameters, search_parameters

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .operations import Operation, Registry

_TYPE_INTERACTIONS = (
    *("read", "vread", "update", "patch", "delete", "history-instance", "history-type"),
    *("create", "search-type"),
)
_SYSTEM_INTERACTIONS = ("transaction", "batch", "search-system", "history-system")
_DEFINITION = "http://hl7.org/fhir/StructureDefinition/"
_COMPARTMENT = "http://hl7.org/fhir/CompartmentDefinition/"
_COMPARTMENTS = ("device", "encounter", "patient", "practitioner", "relatedPerson")
_PARAMETER = "http://hl7.org/fhir/SearchParameter/Resource-"
_SPREAD = (
    *(("_id", "token"), ("_lastUpdated", "date"), ("_tag", "token"), ("_profile", "uri")),
    *(("_security", "token"), ("_source", "uri"), ("_content", "string")),
)
_SPECIAL: tuple[tuple[str, str, str], ...] = (
    ("_list", "special", "Members of a List"),
    ("_has", "string", "Reverse chaining, nested as deep as wanted"),
    ("_filter", "string", "Filter expressions"),
    ("_type", "special", "Types, where a search spans several"),
)


_BULK = "http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data"
_DOCUMENTATION = (
    "Every type has the same interactions. Unknown search parameters are left out and reported in "
    "the answer, or refused under `Prefer: handling=strict`. Conditional deletion deletes one "
    "resource. `_include`, `_revinclude`, `_sort`, `_count`, `_total`, `_summary` and `_elements` "
    "work for every type; what is left out is listed in docs/conformance/fhir.md."
)
_SECURITY = (
    "Every request but this one needs a session of the platform's own pages or a bearer token; "
    "what it may see and do is that of the position it acts in, narrowed by the token's scopes. "
    "Addresses and capabilities: .well-known/smart-configuration below this base."
)
_SERVICES = "http://terminology.hl7.org/CodeSystem/restful-security-service"
_OAUTH = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"


class Capabilities:
    """One statement for each address under which the server is reached."""

    def __init__(
        self, registry: Registry, *, date: str, custom: Iterable[SearchParam] = ()
    ) -> None:
        self._registry = registry
        self._date = date
        self._params = search_parameters().with_custom(custom)
        self._known: dict[str, bytes] = {}

    def renew(self, params: SearchParameters) -> None:
        """State other search parameters from now on."""
        self._params = params
        self._known.clear()

    def statement(self, base: str) -> bytes:
        """The CapabilityStatement as JSON; kept for the addresses seen last."""
        found = self._known.get(base)
        if found is None:
            if len(self._known) > 8:
                self._known.clear()
            found = self._known[base] = json.encode(self._build(base))
        return found

    def _build(self, base: str) -> dict[str, Any]:
        return {
            "resourceType": "CapabilityStatement",
            **self._head(base),
            "instantiates": [_BULK],
            "fhirVersion": "4.0.1",
            "format": ["application/fhir+json", "application/json", "json"],
            "patchFormat": ["application/json-patch+json", "application/fhir+json"],
            "rest": [self._rest(base)],
        }

    def _head(self, base: str) -> dict[str, Any]:
        return {
            "name": "Xinglin",
            "title": "Xinglin 杏林",
            "status": "active",
            "experimental": False,
            "date": self._date,
            "kind": "instance",
            "software": {"name": "Xinglin 杏林", "version": xinglin.__version__},
            "implementation": {"description": "Xinglin 杏林", "url": base},
        }

    def terminology(self, base: str, systems: Iterable[tuple[str, list[str]]]) -> bytes:
        """The TerminologyCapabilities (``mode=terminology``) over these systems and versions.

        https://hl7.org/fhir/R4/terminologycapabilities.html
        """
        flags = ("activeOnly", "count", "displayLanguage", "filter", "offset")
        return json.encode(
            {
                "resourceType": "TerminologyCapabilities",
                **self._head(base),
                "codeSystem": [
                    {"uri": uri, "version": [{"code": one} for one in versions if one]}
                    if any(versions)
                    else {"uri": uri}
                    for uri, versions in systems
                ],
                "expansion": {
                    "hierarchical": False,
                    "paging": True,
                    "parameter": [{"name": name} for name in flags],
                },
                "codeSearch": "all",
                "validateCode": {"translations": False},
                "translation": {"needsMap": False},
            }
        )

    @staticmethod
    def _security(base: str) -> dict[str, Any]:
        """https://hl7.org/fhir/smart-app-launch/STU2/conformance.html ."""
        origin = base.removesuffix("/fhir")
        addresses = ("authorize", "token", "introspect", "revoke")
        return {
            "extension": [
                {
                    "url": _OAUTH,
                    "extension": [
                        {"url": name, "valueUri": f"{origin}/auth/{name}"} for name in addresses
                    ],
                }
            ],
            "service": [{"coding": [{"system": _SERVICES, "code": "SMART-on-FHIR"}]}],
            "description": _SECURITY,
        }

    def _rest(self, base: str) -> dict[str, Any]:
        revincludes = self._reverse()
        return {
            "mode": "server",
            "documentation": _DOCUMENTATION,
            "security": self._security(base),
            "resource": [
                self._resource(type_, revincludes) for type_ in definitions.resource_types()
            ],
            "interaction": [{"code": code} for code in _SYSTEM_INTERACTIONS],
            "searchParam": [
                *({"name": n, "type": k, "definition": _PARAMETER + n[1:]} for n, k in _SPREAD),
                *({"name": n, "type": k, "documentation": d} for n, k, d in _SPECIAL),
            ],
            "operation": _operations(op for op in self._registry if "system" in op.levels),
            "compartment": [_COMPARTMENT + name for name in _COMPARTMENTS],
        }

    def _reverse(self) -> dict[str, list[str]]:
        """Type -> ``Type:param`` of the reference parameters that may point at it."""
        found: dict[str, list[str]] = {type_: [] for type_ in definitions.resource_types()}
        for type_ in definitions.resource_types():
            for param in self._params.for_type(type_).values():
                if param.kind == "reference":
                    for target in param.only or param.targets:
                        found.get(target, []).append(f"{type_}:{param.code}")
        return found

    def _resource(self, type_: str, revincludes: dict[str, list[str]]) -> dict[str, Any]:
        params = self._params.for_type(type_).values()
        includes = [f"{type_}:{p.code}" for p in params if p.kind == "reference"]
        told: dict[str, Any] = {
            "type": type_,
            "profile": _DEFINITION + type_,
            "interaction": [{"code": code} for code in _TYPE_INTERACTIONS],
            "versioning": "versioned",
            "readHistory": True,
            "updateCreate": True,
            "conditionalCreate": True,
            "conditionalRead": "full-support",
            "conditionalUpdate": True,
            "conditionalDelete": "single",
            "referencePolicy": ["literal", "logical", "local"],
            "searchInclude": ["*", *includes],
            "searchRevInclude": ["*", *revincludes[type_]],
            "searchParam": [_search_param(param) for param in params],
        }
        operations = _operations(
            op
            for op in self._registry
            if op.levels & {"type", "instance"} and (not op.types or type_ in op.types)
        )
        if operations:
            told["operation"] = operations
        if not includes:
            del told["searchInclude"]
        return told


def _search_param(param: SearchParam) -> dict[str, Any]:
    told: dict[str, Any] = {"name": param.code, "type": param.kind}
    if param.url:
        told["definition"] = param.url
    return told


def _operations(operations: Iterable[Operation]) -> list[dict[str, Any]]:
    named = {op.name: op for op in operations}
    return [
        {
            "name": name,
            "definition": op.definition
            or f"http://hl7.org/fhir/OperationDefinition/{_owner(op)}-{name}",
        }
        for name, op in named.items()
    ]


def _owner(operation: Operation) -> str:
    return next(iter(operation.types)) if len(operation.types) == 1 else "Resource"
