"""What the checks of the catalogues find: each rule with an example that breaks it."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from xinglin.group.catalogue.checking import check_drug
from xinglin.group.catalogue.drugs import chain, convert, drug
from xinglin.group.catalogue.starter import terms
from xinglin.kernel.errors import Invalid

ROW = {
    "code": "T1",
    "zh": "阿莫西林胶囊",
    "ingredient": "阿莫西林",
    "inn": "amoxicillin",
    "spec": "0.25g×24粒/盒",
    "form": "cap",
    "routes": "po",
    "flags": "AB1 ST",
    "dose": "0.5g tid",
    "most": "4g",
    "atc": "J01CA04",
}


def made(**changes):
    return drug(ROW | changes, "test", terms("forms"))


def test_a_sound_drug_has_no_findings():
    assert list(check_drug(made())) == []
    assert made().en == "Amoxicillin capsules"
    assert made().display == "阿莫西林胶囊 0.25g×24粒/盒"


@pytest.mark.parametrize(
    "changes",
    [
        {"flags": "AB1 N HA:阿片类"},
        {"flags": "N P1 HA:阿片类"},
        {"flags": "AB1 AB2"},
        {"flags": "HA"},
        {"flags": "WHAT"},
        {"flags": "AB1 AB1"},
        {"form": "nothing"},
        {"routes": ""},
        {"routes": "iv"},
        {"routes": "nowhere"},
        {"dose": "0.5g never"},
        {"dose": "5ml tid"},
        {"dose": "50g tid"},
        {"dose": "2g tid"},
        {"atc": "J01CA4"},
        {"spec": "0.25g×24粒/筐"},
        {"form": "inj", "routes": "iv", "flags": "N"},
    ],
)
def test_what_does_not_fit_is_found(changes):
    assert list(check_drug(made(**changes)))


@pytest.mark.parametrize(
    "changes",
    [
        {"spec": "0.25g"},
        {"dose": "half a tablet"},
        {"ingredient": "阿莫西林+克拉维酸"},
        {"spec": "0.25g/0.1g×24粒/盒"},
        {"most": "a lot"},
    ],
)
def test_what_cannot_be_read_is_refused(changes):
    with pytest.raises(Invalid):
        made(**changes)


def test_units_convert_exactly():
    capsules = made()
    assert convert(capsules, Decimal("0.5"), "g") == 2
    assert convert(capsules, Decimal(500), "mg") == 2
    assert convert(capsules, Decimal(1), "盒") == 24
    assert convert(capsules, Decimal(1), "粒") == 1
    assert convert(capsules, Decimal(1), "mL") is None
    bag = made(spec="100ml:0.9g/袋", form="infus", routes="ivgtt", dose="", flags="SOLV")
    assert chain(bag) == {"袋": 1, "mL": 100, "g": Decimal("0.9")}
    assert convert(bag, Decimal(250), "mL") * 2 == 5
    thirds = made(spec="0.15g×10粒/盒")
    assert convert(thirds, Decimal("0.1"), "g") * 3 == 2


def test_a_flag_with_a_group():
    one = replace(made(), flags=("HA:胰岛素",))
    assert one.flag("HA") == "胰岛素"
    assert one.flag("N") is None
    assert one.has("HA")
