"""The official FHIRPath Patch suite: all 33 cases.

https://github.com/FHIR/fhir-test-cases r4/patch/fhir-patch-tests.xml.
"""

from __future__ import annotations

import copy
import os
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from tests.support.fhir_xml import resource

from xinglin.fhir.patch import fhirpath_patch
from xinglin.kernel.errors import Refusal

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("XINGLIN_SHARED_DATA", HERE.parents[2].parent / "shared" / "data"))
SUITE = SHARED / "fhir" / "fhir-test-cases" / "r4" / "patch" / "fhir-patch-tests.xml"
CASES = list(ET.parse(SUITE).getroot().iter("case")) if SUITE.exists() else []  # noqa: S314

pytestmark = pytest.mark.shared_data


def _read(case: ET.Element, name: str) -> dict[str, Any]:
    found = case.find(name)
    assert found is not None
    return resource(found[0])


@pytest.mark.parametrize("case", CASES, ids=[c.get("name", "") for c in CASES])
@pytest.mark.shows("interaction:patch:fhirpath")
def test_case(case: ET.Element) -> None:
    before = _read(case, "input")
    given = copy.deepcopy(before)
    diff = _read(case, "diff")
    if case.find("error") is not None:
        with pytest.raises(Refusal) as refused:
            fhirpath_patch(before, diff)
        assert refused.value.status in (400, 422)
        assert refused.value.issues[0].expression == ("Parameters.parameter[0]",)
    else:
        assert fhirpath_patch(before, diff) == _read(case, "output")
    assert before == given


@pytest.mark.skipif(not CASES, reason="the patch suite is not beside the checkout")
def test_the_suite_is_complete() -> None:
    assert len(CASES) == 33
