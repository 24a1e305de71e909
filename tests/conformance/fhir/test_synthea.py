"""Every Synthea resource is valid, and so are the transaction bundles that hold them."""

import bz2

import pytest

from xinglin.fhir.json import decode
from xinglin.fhir.validation import validate
from xinglin.fhir.validation.quick import accepts

pytestmark = pytest.mark.shared_data


@pytest.mark.parametrize("step", [4, pytest.param(1, marks=pytest.mark.endure)])
def test_all_bundles_are_valid_and_the_quick_pass_knows_it(shared_data, step):
    files = sorted((shared_data / "fhir" / "synthea-r4-blaze").glob("*/*.bz2"))
    if not files:
        pytest.skip("the Synthea bundles are not among the test data")
    count = 0
    for file in files[::step]:
        bundle = decode(bz2.decompress(file.read_bytes()))
        assert validate(bundle) == [], file.name
        count += len(bundle["entry"])
        unsure = [
            e["resource"] for e in bundle["entry"] if not accepts(e["resource"], conditional=True)
        ]
        assert unsure == [], file.name
    assert count > 60_000 / step
