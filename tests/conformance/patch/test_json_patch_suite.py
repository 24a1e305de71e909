"""The JSON Patch cases of the FHIR suite.

https://github.com/FHIR/fhir-test-cases r4/patch/json-patch-tests.json.
"""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any

import pytest

from xinglin.fhir.patch import json_patch
from xinglin.kernel.errors import Invalid

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("XINGLIN_SHARED_DATA", HERE.parents[2].parent / "shared" / "data"))
SUITE = SHARED / "fhir" / "fhir-test-cases" / "r4" / "patch" / "json-patch-tests.json"
CASES: list[dict[str, Any]] = json.loads(SUITE.read_text("utf-8")) if SUITE.exists() else []

pytestmark = pytest.mark.shared_data


@pytest.mark.parametrize("case", CASES, ids=[c["comment"] for c in CASES])
@pytest.mark.shows("interaction:patch:json")
def test_case(case: dict[str, Any]) -> None:
    given = copy.deepcopy(case["doc"])
    if "error" in case:
        with pytest.raises(Invalid):
            json_patch(case["doc"], case["patch"])
    else:
        assert json_patch(case["doc"], case["patch"]) == case["expected"]
    assert case["doc"] == given
