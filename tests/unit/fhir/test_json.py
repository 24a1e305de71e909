"""What the JSON reader refuses, with the place, and what it keeps to the last zero."""

import copy
import pickle
from decimal import Decimal

import pytest

from xinglin.fhir.json import FhirDecimal, decode, encode
from xinglin.kernel.errors import Malformed, TooLarge


def refused(body: bytes, **limits):
    with pytest.raises(Malformed) as caught:
        decode(body, **limits)
    (issue,) = caught.value.issues
    assert issue.zh != issue.en
    return issue


@pytest.mark.parametrize(
    "lex",
    [
        "128.50",
        "1e-7",
        "0.0000001",
        "-0",
        "-0.0",
        "1E+245",
        "1.000000000000000000E-245",
        "5",
        "12345678901234567890123",
    ],
)
def test_numbers_are_kept_as_written(lex):
    body = b'{"value":' + lex.encode() + b"}"
    assert encode(decode(body)) == body


def test_a_decimal_survives_copies_and_compares_by_value():
    number = decode(b'{"v":1.50}')["v"]
    assert number == Decimal("1.5")
    for other in (copy.copy(number), copy.deepcopy(number), pickle.loads(pickle.dumps(number))):  # noqa: S301
        assert isinstance(other, FhirDecimal)
        assert str(other) == "1.50"
    assert repr(number) == "FhirDecimal('1.50')"


def test_a_byte_order_mark_is_skipped():
    assert decode(b'\xef\xbb\xbf{"a":"b"}') == {"a": "b"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"a":}',
        b'{"a":1,}',
        b"{} x",
        b"{'a':1}",
        b'{"a":01}',
        b'{"a":1.}',
        b'{"a":+1}',
        b'{"a":"\n"}',
        b'{"a":"\\x"}',
        b"\x00",
        b"{]",
        b'{"a" 1}',
        b'{"a":tru}',
    ],
)
def test_syntax_errors_name_the_offset(body):
    issue = refused(body)
    assert issue.code == "structure"
    assert "offset" in issue.en
    assert "偏移" in issue.zh


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"3", b"null", b"true", b"[{}]"])
def test_the_top_must_be_an_object(body):
    assert "send one JSON object" in refused(body).en


def test_a_property_twice_is_refused_with_its_place():
    issue = refused(b'{"resourceType":"Patient","contact":[{},{"name":{"text":"a","text":"b"}}]}')
    assert "'text' is there twice" in issue.en
    assert issue.expression == ("Patient.contact[1].name.text",)
    assert "line 1, column 61, offset 60" in issue.en


def test_a_property_twice_is_seen_through_escapes():
    assert "twice" in refused(b'{"id":"a","\\u0069d":"b"}').en


@pytest.mark.parametrize("text", [rb"\u0000", rb"a\\\u0000"])
def test_nul_is_refused_with_its_place(text):
    issue = refused(b'{"resourceType":"Patient","id":"' + text + b'"}')
    assert issue.expression == ("Patient.id",)
    assert "NUL" in issue.en


def test_an_escaped_backslash_before_u0000_is_no_nul():
    assert decode(rb'{"a":"\\u0000 \\ud800"}') == {"a": r"\u0000 \ud800"}


@pytest.mark.parametrize("text", [rb"\ud800", rb"\uDC00", rb"\uD83D\u0041", rb"\ude00\ud83d"])
def test_half_a_surrogate_pair_is_refused(text):
    assert "surrogate" in refused(b'{"a":"' + text + b'"}').en


def test_a_whole_surrogate_pair_is_one_character():
    assert decode(rb'{"a":"\ud83c\udf51"}') == {"a": "🍑"}


@pytest.mark.parametrize("text", [b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"\xe6\x9d"])
def test_invalid_utf8_is_refused(text):
    assert "not UTF-8" in refused(b'{"a":"' + text + b'"}').en


@pytest.mark.parametrize("word", [b"NaN", b"Infinity", b"-Infinity"])
def test_no_number_that_is_none(word):
    issue = refused(b'{"resourceType":"Observation","valueQuantity":{"value":' + word + b"}}")
    assert issue.expression == ("Observation.valueQuantity.value",)
    assert word.decode() in issue.en


@pytest.mark.parametrize(
    "number",
    [
        "1e999999999",
        "-1e-999999999",
        "1e9999999999999999999999",
        "0e1000",
        "0.0e-100000",
        "1" + "0" * 5000,
        "0." + "1" * 5000,
        "12345e996",
    ],
)
def test_a_number_out_of_range_is_refused_at_once(number):
    issue = refused(b'{"value":' + number.encode() + b"}")
    assert issue.expression == ("value",)
    assert "too big" in issue.en


@pytest.mark.parametrize("levels", [65, 900, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [(b'{"a":', b"}"), (b"[", b"]")])
def test_deep_nesting_is_refused(levels, opening, closing):
    body = b'{"x":' + opening * (levels - 1) + b"1" + closing * (levels - 1) + b"}"
    assert "deeper than 64" in refused(body).en


def test_deep_nesting_cannot_hide_behind_brackets_in_strings():
    body = b'{"x":' + b'["]]\\"]]",' * 70 + b"1" + b"]" * 70 + b"}"
    assert "deeper than 64" in refused(body).en
    assert decode(b'{"x":"' + b"[" * 200 + b'"}') == {"x": "[" * 200}


def test_64_levels_are_read():
    body = b'{"x":' + b"[" * 63 + b"1" + b"]" * 63 + b"}"
    assert encode(decode(body)) == body


def test_a_hundred_thousand_unclosed_levels_are_refused():
    assert "deeper than 64" in refused(b"[" * 100_000).en


def test_a_body_over_the_limit_is_refused():
    with pytest.raises(TooLarge):
        decode(b'{"a":"' + b"x" * 100 + b'"}', max_bytes=50)


@pytest.mark.parametrize("fault", [b'"a":1', b'"b":NaN', b'"b":1e9999', b'"b":"\\ud800"'])
def test_a_very_long_body_is_told_what_is_wrong_without_a_search(fault):
    body = b'{"a":"' + b"x" * 8_000_000 + b'",' + fault + b"}"
    issue = refused(body)
    assert "too long to say where" in issue.en
    assert issue.expression == ()


def test_escaped_characters_beyond_the_first_plane_are_no_fault():
    body = rb'{"a":"' + rb"\ud83c\udf51\\ud800\\u0000" * 200_000 + b'"}'
    assert decode(body) == {"a": "🍑\\ud800\\u0000" * 200_000}
