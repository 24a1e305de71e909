"""Compile the R4 search parameters into the table that the package ships.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/searchparameter-registry.html; run with the folder of the
definitions as argument. Numbers given once are read back from the table and never change.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from xinglin.fhir.definitions import resource_types
from xinglin.fhir.search.paths import (
    Branch,
    Unsupported,
    compile_expression,
    parse_branch,
    string_leaves,
)

TABLE = Path(__file__).parent.parent / "src/xinglin/fhir/search/parameters.json"
FIRST_ID = 1100
LAST_ID = 2999
# One number per type for these, at a fixed distance: base + number of the type.
SPREAD = {
    "_tag": 100,
    "_profile": 260,
    "_security": 420,
    "_source": 580,
    "_text": 740,
    "_content": 900,
}
FIRST_BIT = 4
VALUES = {
    "token": {
        "CodeableConcept",
        "Coding",
        "Identifier",
        "ContactPoint",
        "boolean",
        "code",
        "id",
        "string",
        "uri",
        "deceased()",
    },
    "reference": {"Reference", "canonical", "uri", "Resource"},
    "string": {"HumanName", "Address", "string", "markdown"},
    "date": {"date", "dateTime", "instant", "Period", "Timing"},
    "number": {"decimal", "integer", "Range"},
    "quantity": {"Quantity", "Money", "Age", "Duration", "Range", "SampledData"},
    "uri": {"uri", "url", "canonical"},
}
FORMS = {
    "CodeableConcept": "coding",
    "Coding": "coding",
    "code": "coding",
    "boolean": "coding",
    "deceased()": "coding",
    "Identifier": "identifier",
    "ContactPoint": "contact",
    "id": "plain",
    "string": "plain",
    "uri": "plain",
}
# What the definitions say and cannot mean.
CORRECTED = {
    "Patient-deceased": "deceased()",  # a boolean calculation, the only one
}
# In the definitions at hand, but not among the 1,400 of R4 4.0.1 (hl7.fhir.r4.examples).
NOT_OF_R4 = {
    "DetectedIssue-status",
    "DeviceDefinition-classification",
    "ServiceRequest-order-detail",
}
# In R4 4.0.1 other than in the definitions at hand. ``clinical-patient`` has "Group" there too, which
# its own expression ("is Patient") rules out.
TARGETS = {
    "MeasureReport-subject": [
        *("Device", "Group", "Location", "Patient", "Practitioner"),
        *("PractitionerRole", "RelatedPerson"),
    ],
}
# Its components name each other's definitions.
SWAPPED = {"DocumentReference-relationship"}
# The date that a chart shows a resource at, where it is not called "date".
CLINICAL_DATE = {
    "Account": "period", "Basic": "created", "ChargeItem": "occurrence", "Claim": "created",
    "ClaimResponse": "created", "Communication": "sent", "CommunicationRequest": "authored",
    "Condition": "onset-date", "Contract": "issued", "CoverageEligibilityRequest": "created",
    "CoverageEligibilityResponse": "created", "DetectedIssue": "identified",
    "DeviceRequest": "authored-on", "DocumentManifest": "created", "ExplanationOfBenefit": "created",
    "Goal": "start-date", "ImagingStudy": "started", "Media": "created",
    "MedicationAdministration": "effective-time", "MedicationDispense": "whenhandedover",
    "MedicationRequest": "authoredon", "MedicationStatement": "effective",
    "NutritionOrder": "datetime", "Provenance": "recorded", "QuestionnaireResponse": "authored",
    "RequestGroup": "authored", "ServiceRequest": "authored", "Specimen": "collected",
    "Task": "authored-on", "VisionPrescription": "datewritten",
}  # fmt: skip


class Definitions:
    """Element types and bindings of every type, as the paths module asks for them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.table: dict[str, dict[str, tuple[list[str], bool, str, str, str]]] = {}
        self.resources = set(resource_types())
        for name in ("profiles-resources.json.gz", "profiles-types.json"):
            for entry in self.read(name)["entry"]:
                if entry["resource"]["resourceType"] == "StructureDefinition":
                    self.add(entry["resource"])
        self.value_sets = {
            e["resource"]["url"]: e["resource"]
            for e in self.read("valuesets.json.gz")["entry"]
            if e["resource"]["resourceType"] == "ValueSet"
        }

    def read(self, name: str) -> Any:
        path = self.folder / name
        raw = path.read_bytes()
        return json.loads(gzip.decompress(raw) if name.endswith(".gz") else raw)

    def add(self, definition: dict[str, Any]) -> None:
        if definition.get("derivation") == "constraint":
            return
        for element in definition["snapshot"]["element"][1:]:
            parent, _, name = element["path"].rpartition(".")
            self.table.setdefault(parent, {})[name] = (
                [t["code"] for t in element.get("type", [])],
                element["max"] not in {"0", "1"},
                element.get("contentReference", "")[1:],
                element["path"],
                element.get("binding", {}).get("valueSet", "").partition("|")[0],
            )

    def elements(self, kind: str, name: str) -> list[tuple[str, str, bool]]:
        found = self.table.get(kind, {})
        if name in found:
            types, many, reference, path, _ = found[name]
            if reference:
                return [(name, reference, many)]
            return [(name, self.typed(code, path), many) for code in types]
        if f"{name}[x]" in found:
            types, many, *_ = found[f"{name}[x]"]
            return [(name + code[0].upper() + code[1:], code, many) for code in types]
        return []

    @staticmethod
    def typed(code: str, path: str) -> str:
        if code in {"BackboneElement", "Element"}:
            return path
        return "string" if code.startswith("http://hl7.org/fhirpath/") else code

    def systems(self, root: str, branch: Branch) -> set[str]:
        """Code systems that a ``code`` element takes its codes from, by its binding."""
        kind, binding = root, ""
        for step in branch.steps:
            if step.name == "%":
                continue
            for name, found in self.table.get(kind, {}).items():
                plain = name.removesuffix("[x]")
                for prop, kind_of, _ in self.elements(kind, plain):
                    if prop == step.name:
                        binding, following = found[4], kind_of
            kind = following
        return self.included(binding, set())

    def included(self, url: str, seen: set[str]) -> set[str]:
        if not url or url in seen or url not in self.value_sets:
            return set()
        seen.add(url)
        found: set[str] = set()
        for part in self.value_sets[url].get("compose", {}).get("include", []):
            if "system" in part:
                found.add(part["system"])
            for inner in part.get("valueSet", []):
                found |= self.included(inner.partition("|")[0], seen)
        return found


def branches(
    definitions: Definitions, spec: dict[str, Any], root: str, lost: list[str]
) -> list[Branch]:
    """Branches of one parameter for one type, without those whose values it cannot hold."""
    if spec["id"] in CORRECTED:
        return [Branch((), CORRECTED[spec["id"]])]
    if spec["type"] in {"composite", "special"}:
        return compile_expression(spec["expression"], root, definitions.elements)
    kept: list[Branch] = []
    for branch in compile_expression(spec["expression"], root, definitions.elements):
        if branch.type not in VALUES[spec["type"]]:
            lost.append(f"{root}.{spec['code']}: {branch} has no {spec['type']} form")
        elif spec["type"] == "string":
            kept += string_leaves(branch, spec["code"])
        else:
            kept.append(branch)
    return kept


def components(
    definitions: Definitions, spec: dict[str, Any], bases: list[Branch], specs: dict[str, Any]
) -> list[dict[str, Any]]:
    """Components of a composite, relative to its base."""
    result = []
    names = [component["definition"].rpartition("/")[2] for component in spec["component"]]
    if spec["id"] in SWAPPED:
        names.reverse()
    for component, name in zip(spec["component"], names, strict=True):
        defined = specs[name]
        paths: dict[str, None] = {}
        for base in bases:
            for branch in compile_expression(
                component["expression"], base.type, definitions.elements
            ):
                paths[str(branch)] = None
        kept = [p for p in paths if p.rpartition(":")[2] in VALUES[defined["type"]]]
        result.append({"code": defined["code"], "kind": defined["type"], "paths": kept})
    return result


def find_sources(params: list[dict[str, Any]]) -> None:
    """Let parameters answer from the rows of others where those say the same (fewer rows)."""
    for p in params:
        p["own"], p["sources"] = list(p["paths"]), [p["id"]]
    order = sorted(params, key=lambda p: (len(p["paths"]), p["code"] == "patient", p["code"]))
    for i, p in enumerate(order):
        if p["kind"] == "special" or p["code"] == "phonetic":
            continue
        smaller = [q for q in order[:i] if comparable(p, q)]
        same = [q for q in smaller if bare(q) == bare(p) and not q.get("only")]
        if same:
            p["own"], p["sources"] = [], same[0]["sources"]
        elif p["kind"] not in {"date", "number"}:
            cover(p, [q for q in smaller if not q.get("only")])
    by_code = {p["code"]: p for p in params}
    for p in params:
        if p["kind"] == "reference":
            narrow(p, params)
        if p["code"] in {"phone", "email"} and "telecom" in by_code:
            p["own"], p["sources"] = [], by_code["telecom"]["sources"]


def comparable(p: dict[str, Any], q: dict[str, Any]) -> bool:
    if p["kind"] != q["kind"] or p["code"] == "phonetic" or q["code"] == "phonetic":
        return False
    signature = [[(c["kind"], c["paths"]) for c in x.get("components", [])] for x in (p, q)]
    return signature[0] == signature[1]


def bare(p: dict[str, Any]) -> set[str]:
    return set(p["paths"])


def cover(p: dict[str, Any], candidates: list[dict[str, Any]]) -> None:
    """Answer ``p`` by smaller parameters, the largest first, and keep the rest as its own."""
    left = set(p["paths"])
    sources: list[int] = []
    for q in sorted(candidates, key=lambda q: (-len(q["paths"]), q["code"])):
        if q["paths"] and set(q["paths"]) <= left and q["own"] == q["paths"] and len(sources) < 7:
            left -= set(q["paths"])
            sources += q["sources"]
    p["own"] = [path for path in p["paths"] if path in left]
    p["sources"] = [p["id"]] * bool(p["own"]) + sources


def narrow(p: dict[str, Any], params: list[dict[str, Any]]) -> None:
    """``patient`` is ``subject`` where that is a Patient: the target's number already says so."""
    parsed = [parse_branch(path) for path in p["paths"]]
    only = {branch.only for branch in parsed}
    if "" in only or len(only) != 1:
        return
    p["only"] = sorted(only)
    wide = {str(branch.bare) for branch in parsed}
    for q in params:
        if q is not p and q["kind"] == "reference" and set(q["paths"]) == wide and "only" not in q:
            p["own"], p["sources"] = [], q["sources"]
            return


def corrected(spec: dict[str, Any]) -> dict[str, Any]:
    """A definition as R4 4.0.1 has it."""
    return {**spec, "target": TARGETS[spec["id"]]} if spec["id"] in TARGETS else spec


def main(folder: Path) -> None:
    definitions = Definitions(folder)
    types = sorted(definitions.resources)
    before = json.loads(TABLE.read_text()) if TABLE.exists() else {"types": types, "params": []}
    if before["types"] != types:
        raise SystemExit("the list of types is part of the keys and cannot change")
    ids = {(p["type"], p["code"]): (p["id"], p["bit"]) for p in before["params"]}
    every = (e["resource"] for e in definitions.read("search-parameters.json")["entry"])
    resources = [corrected(one) for one in every if one["id"] not in NOT_OF_R4]
    specs = {r["id"]: r for r in resources}
    order = sorted(specs)
    by_type: dict[str, list[dict[str, Any]]] = {}
    lost: list[str] = []
    for spec in resources:
        for root in spec["base"]:
            if root not in {"Resource", "DomainResource"}:
                by_type.setdefault(root, []).append(spec)
    params: list[dict[str, Any]] = []
    next_id = max([FIRST_ID - 1, *(number for number, _ in ids.values())]) + 1
    for root in sorted(by_type):
        rows: list[dict[str, Any]] = []
        bits = Counter(
            {root: max([FIRST_BIT - 1, *(b for (t, _), (_, b) in ids.items() if t == root)])}
        )
        for spec in sorted(by_type[root], key=lambda s: s["code"]):
            if (root, spec["code"]) not in ids:
                bits[root] += 1
                ids[root, spec["code"]] = (next_id, bits[root])
                next_id += 1
            number, bit = ids[root, spec["code"]]
            try:
                found = branches(definitions, spec, root, lost)
            except Unsupported:
                lost.append(f"{root}.{spec['code']}: {spec['expression']} is outside the subset")
                found = []
            row: dict[str, Any] = {
                "id": number,
                "bit": bit,
                "type": root,
                "code": spec["code"],
                "kind": spec["type"],
                "spec": order.index(spec["id"]),
                "paths": [str(b) for b in found],
            }
            if spec.get("target"):
                targets = sorted(t for t in spec["target"] if t in definitions.resources)
                row["targets"] = [] if targets == types else targets
            if spec["type"] == "composite":
                row["components"] = components(definitions, spec, found, specs)
            if spec["type"] == "token":
                row["forms"] = sorted({FORMS[b.type] for b in found})
                systems = {
                    s for b in found if b.type == "code" for s in definitions.systems(root, b)
                }
                if systems:
                    row["systems"] = sorted(systems)
            rows.append(row)
        find_sources(rows)
        params += rows
    if next_id - 1 > LAST_ID:
        raise SystemExit("no numbers left")
    compartment = definitions.read("compartmentdefinition-patient.json")
    patient = {r["code"]: r["param"] for r in compartment["resource"] if r.get("param")}
    dates = {}
    for root in types:
        codes = {p["code"]: p for p in params if p["type"] == root}
        who = next(
            (
                c
                for c in ("patient", "subject")
                if c in codes and ("Patient" in codes[c]["targets"] or not codes[c]["targets"])
            ),
            "",
        )
        when = CLINICAL_DATE.get(root, "date")
        if who and when in codes:
            dates[root] = [who, when]
    head: dict[str, Any] = {
        "types": types,
        "spread": SPREAD,
        "compartment": patient,
        "dates": dates,
        "lost": lost,
    }
    head["specs"] = [
        [specs[key]["url"].rpartition("/")[2], specs[key].get("expression", "")] for key in order
    ]
    text = json.dumps(head, ensure_ascii=False, separators=(",", ":"))[:-1] + ',"params":[\n'
    lines = (json.dumps(compact(p), ensure_ascii=False, separators=(",", ":")) for p in params)
    TABLE.write_text(text + ",\n".join(lines) + "\n]}\n")
    print(f"{len(params)} parameters of {len(by_type)} types, numbers to {next_id - 1}")
    print("\n".join(lost))


def compact(p: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is the default."""
    row = dict(p)
    if row["own"] == row["paths"]:
        del row["own"]
    if row["sources"] == [row["id"]]:
        del row["sources"]
    return row


if __name__ == "__main__":
    main(Path(sys.argv[1]))
