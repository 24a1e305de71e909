"""Compile the R4 compartments, but for the patient's, into the table that search ships.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/compartmentdefinition.html; run with the unpacked folder of
the npm package hl7.fhir.r4.examples as argument.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

TABLE = Path(__file__).parent.parent / "src/xinglin/cdr/search/build/compartments.json"
NAMES = ("Device", "Encounter", "Practitioner", "RelatedPerson")


def main(folder: Path) -> None:
    found: dict[str, dict[str, list[str]]] = {}
    for name in NAMES:
        path = folder / f"CompartmentDefinition-{name[0].lower()}{name[1:]}.json"
        definition = json.loads(path.read_text())
        found[name] = {
            one["code"]: [code for code in one["param"] if code != "{def}"]
            for one in definition["resource"]
            if one.get("param")
        }
    TABLE.write_text(json.dumps(found, separators=(",", ":"), sort_keys=True) + "\n")
    print({name: len(types) for name, types in found.items()})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
