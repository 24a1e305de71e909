"""Names, dates and numbers as the patient index compares them.

spec/clinical.md, section 7.2; GB 11643; ISO 7064.
"""

from __future__ import annotations

from typing import Any

import pytest

from xinglin.group.empi import compare_records, dates, identity, of_patient
from xinglin.group.empi.blocking import keys, soundex
from xinglin.group.empi.compare import DIFFERENT, EXACT, MISSING, NEAR, PART, SOUND, vector
from xinglin.group.empi.names import child, plain, sounds, split
from xinglin.group.empi.text import jaro_winkler, within_one


def person(
    name: str = "",
    *,
    family: str = "",
    given: str = "",
    birth: str = "",
    sex: str = "male",
    **more: Any,
) -> dict[str, Any]:
    """A Patient."""
    parts = {"text": name, "family": family, "given": [given] if given else []}
    made: dict[str, Any] = {
        "resourceType": "Patient",
        "name": [{k: v for k, v in parts.items() if v}],
        "birthDate": birth,
        "gender": sex,
    }
    return made | more


def number(value: str, kind: str = "NI") -> list[dict[str, Any]]:
    return [{"type": {"coding": [{"code": kind}]}, "value": value}]


def levels(one: dict[str, Any], two: dict[str, Any]) -> tuple[int, ...]:
    return vector(of_patient(one), of_patient(two)).levels


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        ("martha", "marhta", 0.9611),
        ("dwayne", "duane", 0.84),
        ("dixon", "dicksonx", 0.8133),
        ("", "x", 0.0),
    ],
)
def test_jaro_winkler_gives_the_published_values(one: str, two: str, expected: float) -> None:
    assert jaro_winkler(one, two) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        ("wang", "wang", True),
        ("wang", "wan", True),
        ("wang", "wagn", True),
        ("wang", "weng", True),
        ("wang", "weing", False),
        ("ab", "", False),
        ("zhang", "zahgn", False),
    ],
)
def test_one_slip(one: str, two: str, expected: bool) -> None:
    assert within_one(one, two) is within_one(two, one) is expected


@pytest.mark.parametrize(
    ("word", "code"), [("robert", "r163"), ("rupert", "r163"), ("ashcraft", "a261"), ("", "")]
)
def test_soundex(word: str, code: str) -> None:
    assert soundex(word) == code


@pytest.mark.parametrize(
    ("one", "two", "level"),
    [
        ("1980-03-04", "1980-03-04", dates.SAME),
        ("1980-03-04", "1980-04-03", dates.SWAPPED),
        ("1980-03-04", "1980-03-14", dates.DIGIT),
        ("1980-03-04", "1890-03-04", dates.DIGIT),
        ("1980-03-04", "1962-03-04", dates.TWO_PARTS),
        ("1980-03-04", "1980", dates.PARTIAL),
        ("1980-03-04", "1981-07-22", dates.DIFFERENT),
        ("1980-03-04", "", dates.MISSING),
    ],
)
def test_birth_dates(one: str, two: str, level: int) -> None:
    assert dates.compare(one, two) == dates.compare(two, one) == level


def test_an_identity_number_of_fifteen_digits_is_that_of_eighteen() -> None:
    old = identity.resident("990101800304123")
    assert old is not None
    assert old.number == "99010119800304123" + identity.check_digit("99010119800304123")
    assert (old.birth, old.sex) == ("1980-03-04", "m")
    assert identity.resident(old.number.lower()) == old


@pytest.mark.parametrize(
    "text", ["", "990101198003041230", "99010119801304123X", "99010119800304", "not a number"]
)
def test_what_is_no_identity_number(text: str) -> None:
    wrong = text[:-1] + ("1" if text[-1:] != "1" else "2")
    assert identity.resident(text) is None or identity.resident(wrong) is None


def test_traditional_and_full_width_are_the_same_name() -> None:
    assert plain("張偉") == "张伟"
    assert plain("Ａｎｎａ　O'Neill-Smith") == "anna oneillsmith"
    assert levels(person("張偉"), person(family="张", given="伟"))[:2] == (EXACT, EXACT)


def test_family_names_are_read_as_families_read_them() -> None:
    assert sounds("单", family=True)[0] == "shan"
    assert sounds("尉迟", family=True)[0] == "yuchi"
    assert "zhongqing" in sounds("重庆") or "chongqing" in sounds("重庆")
    assert split("欧阳修") == ("欧阳", "修")
    assert split("王欧阳") == ("王", "欧阳")


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        ("王晓明", "王小明", (EXACT, SOUND)),
        ("张三丰", "章三丰", (SOUND, EXACT)),
        ("王英", "王音", (EXACT, NEAR)),
        ("李建国", "李建华", (EXACT, PART)),
        ("李建国", "周敏", (DIFFERENT, DIFFERENT)),
    ],
)
def test_chinese_names(one: str, two: str, expected: tuple[int, int]) -> None:
    assert levels(person(one), person(two))[:2] == expected


def test_order_of_family_and_given_name_may_be_changed() -> None:
    assert levels(person(family="明", given="王晓"), person(family="王晓", given="明"))[:2] == (
        SOUND,
        SOUND,
    )
    assert levels(person(family="smith", given="anna"), person(family="anna", given="smith"))[
        :2
    ] == (SOUND, SOUND)


def test_pinyin_meets_characters() -> None:
    assert levels(person(family="Zhang", given="Weiming"), person("张伟明"))[:2] == (SOUND, SOUND)
    assert levels(person(family="Weiming", given="Zhang"), person("张伟明"))[:2] == (SOUND, SOUND)


def test_western_names() -> None:
    found = levels(
        person(family="Thompson", given="Jon Paul"), person(family="Thomson", given="Jon")
    )
    assert found[0] == SOUND
    assert found[1] >= PART


@pytest.mark.parametrize(
    ("text", "mother", "order"),
    [
        ("王芳之子", "王芳", 0),
        ("王芳之女", "王芳", 0),
        ("李红之长子", "李红", 1),
        ("李红之女二", "李红", 2),
        ("李红之婴乙", "李红", 2),
    ],
)
def test_a_newborn_is_called_after_its_mother(text: str, mother: str, order: int) -> None:
    assert child(text) == (mother, order)
    found = of_patient(person(text))
    assert found.child_of is not None
    assert found.child_of.whole == mother
    assert found.order == order
    assert not found.names


def test_a_newborn_and_its_own_name_do_not_contradict() -> None:
    baby, named = person("王芳之子", birth="2026-01-02"), person("李一诺", birth="2026-01-02")
    assert levels(baby, named)[:2] == (MISSING, MISSING)
    assert levels(baby, person("王芳之子"))[:2] == (EXACT, EXACT)
    assert levels(person("王芳之长子"), person("王芳之次子"))[1] == DIFFERENT


def test_an_unknown_patient_has_no_name() -> None:
    found = of_patient(person("无名氏03", birth=""))
    assert found.unknown
    assert not found.names


def test_a_parents_number_is_not_the_childs() -> None:
    body = "99010119800304123"
    mothers = body + identity.check_digit(body)
    child_ = of_patient(person("李一", birth="2020-05-05", identifier=number(mothers)))
    assert child_.numbers[0].fits is False
    grown = person("李一", birth="1980-03-04", identifier=number(mothers))
    assert compare_records(child_, of_patient(grown)).grade != "certain"


def test_certain_needs_a_verified_number_and_agreement() -> None:
    body = "99010119800304123"
    own = body + identity.check_digit(body)
    one = person("王晓明", birth="1980-03-04", identifier=number(own))
    assert compare_records(of_patient(one), of_patient(one)).grade == "certain"
    short = person("王曉明", birth="1980-03-04", identifier=number(own[:6] + own[8:17]))
    assert compare_records(of_patient(one), of_patient(short)).grade == "certain"
    for other in (
        person("王小明", birth="1980-03-04", identifier=number(own)),  # or the twin of that name
        person("王大力", birth="1980-03-04", identifier=number(own)),
        person("王晓明", birth="1980-04-03", identifier=number(own)),
        person("王晓明", birth="1980-03-04", sex="female", identifier=number(own)),
        person("王晓明", birth="1980-03-04", identifier=number(own, "PPN")),
        person("王晓明", birth="1980-03-04"),
        person("王晓明之子", birth="1980-03-04", identifier=number(own)),
    ):
        assert compare_records(of_patient(one), of_patient(other)).grade != "certain"


def test_one_kind_of_slip_leaves_a_key_in_common() -> None:
    base = person(
        "王晓明", birth="1980-03-04", telecom=[{"system": "phone", "value": "16412345678"}]
    )
    for other in (
        base | {"name": [{"text": "王小明"}]},
        base | {"birthDate": "1980-04-03"},
        base | {"birthDate": "1981-03-04"},
        base | {"telecom": []},
        base | {"name": [{"text": "周敏"}]},
        base | {"name": [{"family": "Wang", "given": ["Xiaoming"]}], "telecom": []},
    ):
        assert keys(of_patient(base)) & keys(of_patient(other)), other


def test_what_is_malformed_is_left_out() -> None:
    odd = {"resourceType": "Patient", "name": ["x", {"given": [None]}], "identifier": [{"value": None}, 3],
           "telecom": [{}], "address": [{"line": [None]}], "birthDate": "soon", "gender": "other"}  # fmt: skip
    found = of_patient(odd)
    assert found.birth == found.sex == found.line == ""
    assert not found.names
    assert not keys(found)
