"""Compiles the official R4 definitions into the tables and structs that the package ships.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/downloads.html: npm package hl7.fhir.r4.examples (CC0).

    python tools/compile_definitions.py [PACKAGE.tgz [FOLDER]]

Without an argument the package is fetched once with npm into the user's cache folder.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "src" / "xinglin" / "fhir" / "definitions"
PACKAGE = "hl7.fhir.r4.examples-4.0.1.tgz"
SPEC = "http://hl7.org/fhir/StructureDefinition/"
FHIR_TYPE = SPEC + "structuredefinition-fhir-type"
BEST_PRACTICE = SPEC + "elementdefinition-bestpractice"

CORRECTED = {
    # 4.0.1 says Boolean, the System type, which no element is; corrected as later versions do.
    "que-7": "operator = 'exists' implies (answer is boolean)",
}


def package() -> Path:
    """The official package, fetched once."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "xinglin"
    path = cache / PACKAGE
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        name, version = PACKAGE.removesuffix(".tgz").rsplit("-", 1)
        subprocess.run(["npm", "pack", "--silent", f"{name}@{version}"], cwd=cache, check=True)
    return path


def read(path: Path) -> dict[str, dict[str, dict[str, Any]]]:
    """The conformance resources of the package: type -> canonical address -> resource."""
    found: dict[str, dict[str, dict[str, Any]]] = {
        "StructureDefinition": {},
        "ValueSet": {},
        "CodeSystem": {},
    }
    with tarfile.open(path) as archive:
        for member in archive:
            kind = member.name.rpartition("/")[2].partition("-")[0]
            if kind in found and (file := archive.extractfile(member)):
                resource = json.load(file)
                found[kind][resource["url"]] = resource
    return found


def kind_of(definition: dict[str, Any]) -> str | None:
    """Our word for the kind of a base definition, ``None`` for profiles and logical models."""
    if definition.get("derivation", "specialization") != "specialization":
        return None
    return {"resource": "resource", "complex-type": "complex", "primitive-type": "primitive"}.get(
        definition["kind"]
    )


def compile_types(definitions: dict[str, dict[str, Any]]) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for definition in sorted(definitions.values(), key=lambda d: d["name"]):
        kind = kind_of(definition)
        if kind:
            rows += compile_type(definition, kind)
    return rows


def compile_type(definition: dict[str, Any], kind: str) -> list[list[Any]]:
    snapshot = definition["snapshot"]["element"]
    parents = {e["path"].rpartition(".")[0] for e in snapshot}
    root = definition["name"]
    base = definition.get("baseDefinition", "").rpartition("/")[2]
    rows = {root: [root, kind, base, [], constraints(snapshot[0], definition, keep_inherited=True)]}
    for entry in snapshot[1:]:
        path = entry["path"]
        parent = path.rpartition(".")[0]
        if path in parents:
            rows[path] = [
                path,
                "backbone",
                entry["type"][0]["code"],
                [],
                constraints(entry, definition),
            ]
            element = compile_element(entry, [path], [])
        else:
            element = compile_element(
                entry, type_codes(entry, kind, root), constraints(entry, definition)
            )
        if kind != "primitive" or element[0] != "value":
            rows[parent][3].append(element)
    return list(rows.values())


def type_codes(entry: dict[str, Any], kind: str, root: str) -> list[str]:
    if "contentReference" in entry:
        return [entry["contentReference"].lstrip("#")]
    if kind == "resource" and entry["path"] == f"{root}.id":
        return ["id"]  # 4.0.1 says string here, against its own text
    return [type_code(t) for t in entry["type"]]


def type_code(entry: dict[str, Any]) -> str:
    for extension in entry.get("extension", []):
        if extension["url"] == FHIR_TYPE:
            return extension["valueUrl"]
    return "string" if entry["code"].endswith("System.String") else entry["code"]


def compile_element(entry: dict[str, Any], types: list[str], rules: list[Any]) -> list[Any]:
    binding = entry.get("binding", {})
    name = entry["path"].rpartition(".")[2]
    row = [
        name.removesuffix("[x]"),
        types,
        entry["min"],
        0 if entry["max"] == "*" else int(entry["max"]),
        name.endswith("[x]"),
        entry.get("isSummary", False),
        entry.get("isModifier", False),
        binding.get("strength", ""),
        binding.get("valueSet", "").partition("|")[0],
        targets(entry),
        rules,
    ]
    while len(row) > 4 and not row[-1]:
        row.pop()
    return row


def targets(entry: dict[str, Any]) -> list[str]:
    found = [
        profile.removeprefix(SPEC)
        for t in entry.get("type", [])
        for profile in t.get("targetProfile", [])
    ]
    return [] if "Resource" in found else found


def constraints(
    entry: dict[str, Any], definition: dict[str, Any], *, keep_inherited: bool = False
) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for rule in entry.get("constraint", []):
        inherited = rule.get("source", definition["url"]) != definition["url"]
        if rule["key"] == "ele-1" or (inherited and not keep_inherited) or "expression" not in rule:
            continue
        expression = CORRECTED.get(rule["key"], rule["expression"])
        row = [rule["key"], rule["severity"], rule["human"], expression]
        if any(x["url"] == BEST_PRACTICE for x in rule.get("extension", [])):
            row.append(True)
        rows.append(row)
    return rows


def compile_value_sets(
    rows: list[list[Any]], sets: dict[str, Any], systems: dict[str, Any]
) -> dict[str, dict[str, list[str]]]:
    wanted = {
        element[8]
        for row in rows
        for element in row[3]
        if len(element) > 8 and element[7] == "required"
    }
    found = {url: expand(sets[url], systems) for url in sorted(wanted) if url in sets}
    for url in sorted(wanted - {u for u, part in found.items() if part}):
        print(f"no list for the required value set {url}")
    return {url: part for url, part in found.items() if part}


def expand(value_set: dict[str, Any], systems: dict[str, Any]) -> dict[str, list[str]]:
    """The codes of a value set that only lists codes or takes whole systems, as these all do."""
    out: dict[str, list[str]] = {}
    compose = value_set["compose"]
    if compose.get("exclude") or any(
        i.get("filter") or i.get("valueSet") for i in compose["include"]
    ):
        raise SystemExit(f"cannot expand {value_set['url']}")
    for part in compose["include"]:
        concepts = part.get("concept") or whole(systems.get(part["system"], {}).get("concept", []))
        codes = out.setdefault(part["system"], [])
        codes += [concept["code"] for concept in concepts]
    return {system: codes for system, codes in out.items() if codes}


def whole(concepts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [c for concept in concepts for c in (concept, *whole(concept.get("concept", [])))]


def write(folder: Path, name: str, value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    packed = gzip.compress(text.encode(), 9, mtime=0)
    (folder / name).write_bytes(packed)
    print(f"{name}: {len(packed)} bytes")


def main() -> None:
    source = read(Path(sys.argv[1]) if len(sys.argv) > 1 else package())
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else OUT
    rows = compile_types(source["StructureDefinition"])
    write(folder, "types.json.gz", rows)
    write(
        folder,
        "valuesets.json.gz",
        compile_value_sets(rows, source["ValueSet"], source["CodeSystem"]),
    )


if __name__ == "__main__":
    main()
