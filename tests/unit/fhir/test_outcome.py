"""OperationOutcome in the reader's language, valid as a resource itself."""

from xinglin.fhir.outcome import operation_outcome
from xinglin.fhir.validation import validate
from xinglin.kernel.errors import Issue

ISSUE = Issue("value", "Correct the date.", "请更正日期。", ("Patient.birthDate",))


def test_english():
    outcome = operation_outcome([ISSUE], "en")
    assert outcome["issue"] == [
        {
            "severity": "error",
            "code": "value",
            "details": {"text": "Correct the date."},
            "expression": ["Patient.birthDate"],
        }
    ]
    assert validate(outcome) == []


def test_chinese_keeps_the_english_for_those_who_help():
    (issue,) = operation_outcome([ISSUE], "zh-CN")["issue"]
    assert issue["details"]["text"] == "请更正日期。"
    assert issue["diagnostics"] == "Correct the date."


def test_nothing_wrong_is_said_too():
    outcome = operation_outcome([], "zh")
    assert outcome["issue"][0]["severity"] == "information"
    assert validate(outcome) == []
