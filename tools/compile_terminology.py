"""Compiles the R4 code systems, value sets and concept maps into what the package ships.

Input: the CC0 definitions of HL7 FHIR 4.0.1 (valuesets, v3-codesystems, v2-tables, conceptmaps).
Output: src/xinglin/terminology/builtin/r4.json.gz, one resource a line, without narrative.

    python tools/compile_terminology.py ../shared/data/fhir/r4-definitions
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

OUT = Path(__file__).parents[1] / "src/xinglin/terminology/builtin/r4.json.gz"
FILES = ("valuesets.json.gz", "v3-codesystems.json.gz", "v2-tables.json.gz", "conceptmaps.json")
KEPT = {
    "CodeSystem": "url version name title content caseSensitive hierarchyMeaning concept filter property",
    "ValueSet": "url version name title compose",
    "ConceptMap": "url version name sourceUri sourceCanonical targetUri targetCanonical group",
}


def read(path: Path) -> dict:
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return json.loads(raw)


def concept(one: dict) -> dict:
    """A concept without what only a narrative needs."""
    kept = {
        k: v
        for k, v in one.items()
        if k in ("code", "display", "definition", "designation", "property")
    }
    if one.get("concept"):
        kept["concept"] = [concept(child) for child in one["concept"]]
    return kept


def compact(resource: dict) -> dict | None:
    """The parts that are asked; None for what has no address."""
    kind = resource["resourceType"]
    if kind not in KEPT or not resource.get("url"):
        return None
    kept = {k: resource[k] for k in KEPT[kind].split() if k in resource}
    if "concept" in kept:
        kept["concept"] = [concept(one) for one in kept["concept"]]
    return {"resourceType": kind, **kept}


def main() -> None:
    folder = Path(sys.argv[1])
    found: dict[tuple[str, str], dict] = {}
    for name in FILES:
        for entry in read(folder / name)["entry"]:
            kept = compact(entry["resource"])
            if kept:
                found.setdefault((kept["resourceType"], kept["url"]), kept)
    lines = [
        json.dumps(found[key], ensure_ascii=False, separators=(",", ":")) for key in sorted(found)
    ]
    OUT.parent.mkdir(parents=True, exist_ok=True)
    with (
        OUT.open("wb") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, compresslevel=9) as packed,
    ):
        packed.write("\n".join(lines).encode())
    print(f"{len(lines)} resources, {OUT.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
