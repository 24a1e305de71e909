"""Functions and operators beyond the official suite."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from xinglin.fhir import path

OBSERVATION: dict[str, Any] = {
    "resourceType": "Observation",
    "status": "final",
    "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml"><p>x &nbsp; y</p></div>'},
    "code": {"text": "Weight"},
    "effectiveDateTime": "2020-05-06T07:08:09.010+08:00",
    "valueQuantity": {"value": Decimal("72.50"), "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"},
    "referenceRange": [{"age": {"low": {"value": 2, "system": "http://unitsofmeasure.org", "code": "a"}}}],
    "component": [
        {"code": {"text": "b"}, "valueInteger": 2, "interpretation": [{"text": "t"}]},
        {"code": {"text": "a"}, "valueString": "s"},
        {"code": {"text": "c"}, "valueTime": "10:30:00"},
    ],
}  # fmt: skip


def run(expression: str) -> list[Any]:
    return path.compile(expression).evaluate(OBSERVATION)


@pytest.mark.parametrize(
    "expression",
    [
        # moments
        "effective + 1 hour = @2020-05-06T08:08:09.010+08:00",
        "effective = @2020-05-05T23:08:09.010Z",
        "effective > @2020-05-06 = {} or true",
        "(@2020-01-31 + 1 month) = @2020-02-29",
        "(@2020-02-29 + 1 year) = @2021-02-28",
        "(@2020-02-29 - 48 months) = @2016-02-29",
        "(@2020 + 13 months) = @2021",
        "(@2020 + 400 days) = @2021",
        "(@2020-01 + 40 days) = @2020-02",
        "(@2020-01-01 + 25 hours) = @2020-01-02",
        "(@2020-01-01T10 + 90 minutes) = @2020-01-01T11",
        "(@T23:30 + 45 minutes) = @T00:15",
        "(@T10:30:00 - 1 second) = @T10:29:59",
        "(@9999-12-31 + 1 day).empty()",
        "(@0001-01-01 - 1 day).empty()",
        "@2020-01-01T10:00:00.5Z + 600 milliseconds = @2020-01-01T10:00:01.1Z",
        "@2020-01-01 < @2020-02",
        "(@2020-01-15 < @2020-01).empty()",
        "@2020-01-01T00:00:00Z < @2020-01-02T15:00:00",
        "(@2020-01-01T00:00:00Z < @2020-01-01T10:00:00).empty()",
        "@2020-01-01T10:00:00+08:00 ~ @2020-01-01T02:00:00Z",
        "component.value.ofType(time) > @T10:00",
        "'2020-05-06T07:08'.toDateTime() = @2020-05-06T07:08",
        "'2020-05-06'.toDateTime() = @2020-05-06T",
        "effective.toDate() = @2020-05-06",
        "effective.toTime() = @T07:08:09.010",
        "effective.toDateTime().toString() = '2020-05-06T07:08:09.010+08:00'",
        "@T10:30.toTime() = @T10:30",
        "@2020.toTime().empty()",
        "'x'.toDate().empty() and 'x'.toTime().empty() and 1.toDate().empty()",
        # quantities
        "value = 72500 'g'",
        "value ~ 72.50001 'kg'",
        "value > 159 '[lb_av]' and value < 160 '[lb_av]'",
        "(value > 5 's').empty()",
        "(value = 5 's').empty() and (value ~ 5 's').not()",
        "value / 2 = 36.25 'kg'",
        "value / 0.5 'm2' = 145 'kg/m2'",
        "value * 2 = 145 'kg'",
        "(value / 0 'm').empty()",
        "value - 500 'g' = 72 'kg'",
        "(value + 1 's').empty()",
        "-value = -72.5 'kg'",
        "value.value = 72.5 and value.toQuantity('g') = 72500 'g'",
        "value.toQuantity('s').empty()",
        "'5 days'.toQuantity('h') = 120 'h' and '2 weeks'.toQuantity('days') = 14 days",
        "1 year > 11 months and 12 months = 1 year",
        "(1 year = 1 'a').empty() and 1 year ~ 1 'a'",
        "referenceRange.age.low = 24 months",
        "1 'm' = 100 'cm' and 37 'Cel' > 98 '[degF]'",
        "5 = 5 '1' and 5 '1' > 4",
        "1 'nonsense' = 1 'nonsense' and (1 'nonsense' = 1 'other').empty()",
        "(1 'mg' | 0.001 'g').count() = 1",
        "'1.5'.convertsToQuantity() and '1 parsec'.convertsToQuantity().not()",
        # numbers
        "5 div 2 = 2 and -5 div 2 = -2 and (-5) mod 2 = -1",
        "2147483647 + 1 = {} or true",
        "(2147483647 + 1).empty()",
        "7 / 2 = 3.5 and 1.0 / 3 ~ 0.333",
        "1.23456.round(2) = 1.23 and 2.5.round() = 3 and 1.round(99).empty()",
        "(-7.5).truncate() = -7 and (-7.5).floor() = -8 and (-7.5).ceiling() = -7",
        "8.log(2) = 3 and 0.ln().empty() and 5.log(1).empty() and 100000.exp() > 0 or true",
        "2.power(10) = 1024 and 2.power(-1) = 0.5 and 0.power(-1).empty() and (-8).power(0.5).empty()",
        "9.sqrt() = 3 and (-9).sqrt().empty() and (-3).abs() = 3",
        "1.0 = 1 and 1.toDecimal() = 1 and '+1'.toInteger() = 1 and '3000000000'.toInteger().empty()",
        "true.toInteger() = 1 and 'yes'.toBoolean() and 'N'.toBoolean().not() and '2'.toBoolean().empty()",
        "1.50.toString() = '1.50' and value.value.toString() = '72.50'",
        # strings
        "'中文字'.length() = 3 and '中文字'.substring(1, 1) = '文' and 'abc'.substring(0, -1) = ''",
        "'a-b-a'.lastIndexOf('a') = 4 and 'abc'.indexOf('') = 0",
        "'a1b22'.replaceMatches('([a-z])([0-9]+)', '$2$1') = '1a22b'",
        "'a.b'.replaceMatches('\\\\.', '\\\\$') = 'a$b'",
        "'a,b'.split(',') = ('a' | 'b') and 'ab'.split('') = ('a' | 'b')",
        "'<a b=\"c\">'.escape('html').unescape('html') = '<a b=\"c\">'",
        "'a\\n\"'.escape('json').unescape('json') = 'a\\n\"'",
        "'x'.encode('hex').decode('hex') = 'x' and 'zz'.decode('hex').empty()",
        "(code.text & {} & '!') = 'Weight!'",
        "'a' < 'b' and 'a' ~ ' A ' and 'a  b' ~ 'A b' and 'a' !~ 'b'",
        "component.code.text.join('+') = 'b+a+c' and {}.join(',').empty()",
        # collections
        "component.sort(code.text).code.text = ('a' | 'b' | 'c')",
        "component.sort(-code.text).first().code.text = 'c'",
        "component.sort(value.ofType(integer)).first().code.text = 'b'",
        "component.select($index) = (0 | 1 | 2)",
        "component.where($index > 0).code.text = ('a' | 'c')",
        "component.all(code.exists()) and component.exists(value is string)",
        "{}.all(false) and {}.allTrue() and {}.anyTrue().not() and {}.allFalse() and {}.anyFalse().not()",
        "(true | false).anyTrue() and (true | false).anyFalse() and (true | false).allFalse().not()",
        "component.code.text.subsetOf('a' | 'b' | 'c' | 'd')",
        "component.code.text.supersetOf({}) and {}.subsetOf(1)",
        "(1 | 2).combine(2 | 3).count() = 4 and (1 | 2).union(2).count() = 2",
        "(1 | 2 | 3).intersect(3 | 4) = 3 and (1 | 2 | 3).exclude(1) = (2 | 3)",
        "component[5].empty() and component[-1].empty() and component[{}].empty()",
        "component.take(-1).empty() and component.skip(-1).count() = 3 and component.skip({}).empty()",
        "(1 in {}).not() and ({} in 1).empty() and ({} contains 1).not()",
        "component.value.ofType(string) = 's' and (component.value as string) = 's'",
        "children().ofType(CodeableConcept).text = 'Weight'",
        "descendants().ofType(CodeableConcept).count() = 5",
        "component.value.type().name.distinct().count() = 3",
        "component.type().name.distinct() = 'BackboneElement'",
        "code is CodeableConcept and code is Element and (code is Coding).not()",
        "status is code and status is string and (status is String).not()",
        "1 is System.Any and 1 is Integer and (1 is FHIR.integer).not()",
        "(true xor false) and (true implies true) and ({} implies true)",
        "text.div.htmlChecks()",
        "'<div xmlns=\"http://www.w3.org/1999/xhtml\"><script/></div>'.htmlChecks().not()",
        '\'<div xmlns="http://www.w3.org/1999/xhtml"><a href="javascript:x">x</a></div>\'.htmlChecks().not()',
        "'<div xmlns=\"http://www.w3.org/1999/xhtml\"> </div>'.htmlChecks().not() and '<p/>'.htmlChecks().not()",
        "'<!DOCTYPE a [<!ENTITY b \"c\">]><a>x</a>'.htmlChecks().not()",
        "checkModifiers('urn:x') = %resource and elementDefinition().empty()",
        # boundaries
        "effective.lowBoundary() = effective and @2020-02.highBoundary() = @2020-02-29",
        "@2020.lowBoundary(8) = @2020-01-01 and @2020-01-01T10:30.highBoundary(14) = @2020-01-01T10:30:59-12:00",
        "@T10.lowBoundary(4) = @T10:00 and @T10.highBoundary() = @T10:59:59.999 and @T10.lowBoundary(5).empty()",
        "1.5.precision() = 1 and @2020-05.precision() = 6 and (1.50 'mg').precision() = 2",
        "{}.precision().empty() and {}.lowBoundary().empty() and {}.comparable(1).empty()",
        "0.lowBoundary(1) = -0.5 and 0.highBoundary(1) = 0.5",
    ],
)
def test_true(expression: str) -> None:
    assert run(expression) == [True]


@pytest.mark.parametrize(
    "expression",
    [
        "component.code.single()", "1 + 'a'", "'a' * 2", "true + true", "-'a'", "1 < 'a'", "true < false",
        "@2020 < 1", "@T10 < @2020", "@2020 + 1 'kg'", "@T10 + 1 day", "'a'.log(2)", "1.upper()",
        "'a'.substring('b')", "component[true]", "component['a']", "(1 | 2).not()", "iif(1, 2, 3)",
        "'x'.encode('rot13')", "'x'.escape('xml')", "component.code.text.upper()", "1.lowBoundary('x')",
        "true.lowBoundary()", "'x'.precision()", "(1 | 'a').allTrue()", "component.iif(true, 1)",
        "slice('urn:x', 'y')", "(1 | 'a').sort()", "'a'.replaceMatches('a', '$5')", "component.skip('a')",
        "(component and true)", "'a' & 1", "1.startsWith('a')",
    ],
)  # fmt: skip
def test_execution_errors(expression: str) -> None:
    with pytest.raises(path.PathError) as refused:
        run(expression)
    assert refused.value.kind == "execution"
    assert refused.value.at is not None


def test_unknown_modifier_extensions_are_refused() -> None:
    resource = {"resourceType": "Patient", "modifierExtension": [{"url": "urn:not"}]}
    assert path.compile("checkModifiers('urn:not').exists()").evaluate(resource) == [True]
    with pytest.raises(path.PathError):
        path.compile("checkModifiers('urn:other')").evaluate(resource)
