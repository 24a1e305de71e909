"""A parameter tells of a hidden element when its values come from it, from within it or around it."""

from __future__ import annotations

import pytest

from xinglin.cdr.search.hidden import tells
from xinglin.fhir.search import SearchParam, search_parameters


@pytest.mark.parametrize(
    ("type_", "code", "hidden", "expected"),
    [
        ("Patient", "phone", ("telecom",), True),
        ("Patient", "family", ("name.family",), True),
        ("Patient", "given", ("name.family",), False),
        ("Patient", "name", ("name.family",), True),
        ("Patient", "gender", ("telecom", "name.family"), False),
        ("Patient", "deceased", ("deceasedDateTime",), True),
        ("Patient", "_content", ("telecom",), True),
        ("Patient", "_id", ("telecom",), False),
        ("Observation", "code-value-quantity", ("valueQuantity",), True),
        ("Observation", "component-code-value-quantity", ("component.valueQuantity",), True),
        ("Observation", "code-value-quantity", ("subject",), False),
        ("Observation", "patient", ("subject",), True),
    ],
)
def test_tells(type_: str, code: str, hidden: tuple[str, ...], expected: bool) -> None:
    param = search_parameters().get(type_, code)
    assert param
    assert tells(param, hidden) is expected
    assert not tells(param, ())


def test_what_cannot_be_told_is_hidden() -> None:
    param = SearchParam(
        id=3000, type="Patient", code="x", kind="token", url="u", expression="e", custom=True
    )
    assert tells(param, ("telecom",))
