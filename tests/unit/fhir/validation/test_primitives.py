"""Formats of the primitive types, at their borders."""

from decimal import Decimal

import pytest

from xinglin.fhir.json import FhirDecimal
from xinglin.fhir.validation.primitives import problem

GOOD = {
    "date": ["2024", "2024-02", "2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31"],
    "dateTime": [
        "2024",
        "2024-02",
        "2024-02-29",
        "2024-02-29T00:00:00Z",
        "2024-12-31T23:59:60.999999+14:00",
        "2024-01-01T07:30:00-05:00",
    ],
    "instant": ["2024-02-29T00:00:00Z", "2015-02-07T13:28:17.239+02:00"],
    "time": ["00:00:00", "23:59:60", "07:30:00.5"],
    "id": ["a", "A-b.9", "x" * 64],
    "code": ["a", "a b", "<=", "text/plain; charset=x"],
    "uri": ["http://a", "urn:oid:1.2", "a", "#x"],
    "oid": ["urn:oid:1.2.3", "urn:oid:2.16.840.1.0"],
    "uuid": ["urn:uuid:c757873d-ec9a-4326-a141-556f43239520"],
    "base64Binary": ["QQ==", "QUJD", "QUJD\nQUJD", " QUJDRA== "],
    "string": ["x", " x ", "a\r\n\tb", "杏林", "🍑", "\u00a0x"],
    "markdown": ["# x\n\ny"],
    "boolean": [True, False],
    "integer": [0, -(2**31), 2**31 - 1],
    "unsignedInt": [0, 2**31 - 1],
    "positiveInt": [1, 2**31 - 1],
    "decimal": [0, 5, FhirDecimal("1e-7"), Decimal("1.50"), 2**80],
}
BAD = {
    "date": [
        "2023-02-29",
        "1900-02-29",
        "2024-2-9",
        "2024-13",
        "2024-04-31",
        "24",
        "0000",
        "0000-02-29",
        "2024-01-01T00:00:00Z",
        "",
        "2024-01-01\n",
        "２０２４",
        2024,
        None,
    ],
    "dateTime": [
        "2024-01-01T00:00:00",
        "2024-01-01T00:00Z",
        "2024-01-01T24:00:00Z",
        "2024-01T00:00:00Z",
        "2024-01-01 00:00:00Z",
        "2024-01-01T00:00:00+15:00",
        "2024-01-01T00:00:00z",
    ],
    "instant": ["2024", "2024-01-01", "2024-01-01T00:00:00", "2023-02-29T00:00:00Z"],
    "time": ["7:30:00", "07:30", "24:00:00", "07:30:00Z"],
    "id": ["", "x" * 65, "a_b", "a b", "é", "a\n"],
    "code": ["", " a", "a ", "a  b", "\n"],
    "uri": ["", "a b", " "],
    "oid": ["1.2.3", "urn:oid:3.1", "urn:oid:1.02"],
    "uuid": [
        "c757873d-ec9a-4326-a141-556f43239520",
        "urn:uuid:C757873D-EC9A-4326-A141-556F43239520",
    ],
    "base64Binary": ["", "QQ", "QQ=", "Q Q", "====", "QUJ*", "  "],
    "string": ["", " ", "\n\t", "x" * (1024 * 1024 + 1), 5, True, {}, []],
    "boolean": ["true", 0, 1, None],
    "integer": [2**31, -(2**31) - 1, True, "1", FhirDecimal("1.0"), 1.0],
    "unsignedInt": [-1, 2**31],
    "positiveInt": [0, -1],
    "decimal": ["1", True, 1.5, float("nan"), Decimal("NaN"), Decimal("Infinity"), None, "NaN"],
}


@pytest.mark.parametrize(("code", "value"), [(c, v) for c, values in GOOD.items() for v in values])
def test_taken(code, value):
    assert problem(code, value) is None


@pytest.mark.parametrize(("code", "value"), [(c, v) for c, values in BAD.items() for v in values])
@pytest.mark.shows("validation:primitive-formats")
def test_refused(code, value):
    en, zh = problem(code, value)
    assert f"no valid {code}" in en
    assert f"不是有效的 {code}" in zh


def div(inside, space="http://www.w3.org/1999/xhtml"):
    return f'<div xmlns="{space}">{inside}</div>'


@pytest.mark.parametrize(
    "text",
    [
        div("x"),
        div(" 王芳 "),
        div('<p class="a">x<br/></p>'),
        div('<img src="#i" alt="x"/>'),
        div('<a href="https://x.org">x</a>'),
        div("&lt;script&gt; &#160;x"),
        div("<!-- c -->x"),
        '<h:div xmlns:h="http://www.w3.org/1999/xhtml">x</h:div>',
    ],
)
def test_narrative_taken(text):
    assert problem("xhtml", text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        div(""),
        div("  \n"),
        div("<p></p>"),
        div("x", ""),
        div("x", "http://x"),
        "<div>x</div>",
        div("<p>x"),
        div("x") + "y",
        div("<script>alert(1)</script>"),
        div('<p onclick="x()">y</p>'),
        div('<a href="javascript:x">y</a>'),
        div('<a href=" JaVaScript:x">y</a>'),
        div("<iframe/>x"),
        div("<form>x</form>"),
        div("<style>x</style>"),
        div('<p style="width: expression(alert(1))">x</p>'),
        div("&nbsp;x"),
        "<!DOCTYPE div [<!ENTITY a 'aaaa'>]>" + div("&a;"),
        div("<?php x ?>x"),
        div("<x:y xmlns:x='http://y'>x</x:y>"),
        '<p xmlns="http://www.w3.org/1999/xhtml">x</p>',
        div("x\x01"),
    ],
)
def test_narrative_refused(text):
    en, zh = problem("xhtml", text)
    assert "narrative" in en
    assert "叙述" in zh


def test_a_long_narrative_costs_no_more_than_its_length():
    assert problem("xhtml", div("x" * 200_000 + "<b>y</b>")) is None
    assert problem("xhtml", div(" " * 200_000 + "<b></b>")) is not None
