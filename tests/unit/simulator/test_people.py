"""Invented people cannot be real ones, and their numbers are valid.

GB 11643: identity number with a check digit by ISO 7064 MOD 11-2.
"""

from datetime import date

import pytest

from xinglin.simulator import people
from xinglin.simulator.chance import Chance


@pytest.mark.parametrize(
    ("body", "check"), [("33010619900307001", "4"), ("11010519491231002", "X")]
)
def test_check_digit(body, check):
    assert people.check_digit(body) == check


def test_identity_numbers_are_valid_and_impossible():
    for number in range(200):
        sex = "male" if number % 2 else "female"
        made = people.identity_number(Chance("t", number), date(1980, 2, 29), sex)
        assert len(made) == 18
        assert made.startswith("99"), "no province of China begins with 99"
        assert made[6:14] == "19800229"
        assert int(made[16]) % 2 == (sex == "male")
        assert people.check_digit(made[:17]) == made[17]


def test_phone_numbers_have_a_prefix_that_no_operator_has():
    assert all(people.phone(Chance("p", n)).startswith("164") for n in range(50))


def test_names_follow_the_generation():
    old = {people.given_name(Chance("n", n), "male", 1955)[0] for n in range(300)}
    young = {people.given_name(Chance("n", n), "male", 2018)[0] for n in range(300)}
    assert "建国" in old
    assert "沐宸" in young
    assert not old & young - {"浩然"}


def test_surnames_are_as_frequent_as_in_the_population():
    drawn = [people.surname(Chance("s", n))[0] for n in range(3000)]
    assert 0.05 < drawn.count("王") / 3000 < 0.1
    assert 0.05 < drawn.count("李") / 3000 < 0.1
    assert len(set(drawn)) > 70


def test_a_chinese_name_is_written_twice_and_a_western_one_once():
    assert [n["text"] for n in people.human_name(people.Name("曾", "晓燕", "Zeng", "Xiaoyan"))] == [
        "曾晓燕",
        "Xiaoyan Zeng",
    ]
    western = people.Name("Clarke", "Emma", "Clarke", "Emma", "", "XX")
    assert [n["text"] for n in people.human_name(western)] == ["Emma Clarke"]
