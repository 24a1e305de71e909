"""Hidden elements: taken out, marked, and held against what is written."""

from __future__ import annotations

import pytest

from xinglin.cdr.interactions import hidden
from xinglin.fhir import json
from xinglin.kernel.errors import Forbidden, Invalid

FULL = {
    "resourceType": "Patient",
    "meta": {"tag": [{"code": "t"}]},
    "birthDate": "1990",
    "_birthDate": {"id": "b"},
    "contact": [{"telecom": [1], "name": 1}, {"name": 2}],
}


def test_taken_out_and_marked():
    shown = hidden.conceal(FULL, ("birthDate", "contact.telecom", "photo"))
    assert shown == {
        "resourceType": "Patient",
        "meta": {"tag": [{"code": "t"}, hidden.SUBSETTED]},
        "contact": [{"name": 1}, {"name": 2}],
    }
    assert FULL["contact"][0]["telecom"] == [1]
    assert hidden.is_subsetted(shown)


def test_what_has_none_is_as_it_was():
    assert hidden.conceal(FULL, ("photo", "contact.photo")) is FULL
    assert hidden.conceal_body('{"a":1}', ()) == b'{"a":1}'
    assert hidden.conceal_body("", ("a",)) == b""


def test_what_was_read_so_cannot_be_put_back():
    hidden.refuse_subsetted(FULL)
    with pytest.raises(Invalid):
        hidden.refuse_subsetted(hidden.conceal(FULL, ("birthDate",)))


@pytest.mark.parametrize(
    "after",
    [
        {**FULL, "birthDate": "1991"},
        {k: v for k, v in FULL.items() if k != "birthDate"},
        {k: v for k, v in FULL.items() if k != "_birthDate"},
        {**FULL, "contact": [{"telecom": [2], "name": 1}, {"name": 2}]},
        {**FULL, "contact": []},
    ],
)
def test_writing_it_is_refused(after):
    paths = ("birthDate", "contact.telecom")
    hidden.check(paths, "Patient", FULL, {**FULL, "gender": "male"})
    hidden.check(paths, "Patient", FULL, None)
    hidden.check((), "Patient", FULL, after)
    with pytest.raises(Forbidden):
        hidden.check(paths, "Patient", FULL, after)


def test_another_form_of_a_number_is_another_value():
    before = {"value": json.FhirDecimal("1.0")}
    with pytest.raises(Forbidden):
        hidden.check(("value",), "Basic", before, {"value": json.FhirDecimal("1.00")})
