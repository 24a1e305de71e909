import pytest

from xinglin.cdr.index.names import joined, phonetic, phonetic_query, phonetic_text, sort_key


@pytest.mark.parametrize(
    ("name", "spellings"),
    [
        ({"family": "张", "given": ["三"]}, {"zhangsan", "zs"}),
        ({"family": "欧阳", "given": ["修"]}, {"ouyangxiu", "oyx"}),
        ({"family": "尉迟", "given": ["恭"]}, {"yuchigong", "ycg"}),
        ({"text": "令狐冲"}, {"linghuchong", "lhc"}),
        ({"family": "吕", "given": ["布"]}, {"lvbu", "lb"}),
        ({"family": "Jones", "given": ["Anna", "M."]}, {"jonesannam", "jam", "anna", "m"}),
        ({"text": "Carla Espinosa"}, {"carlaespinosa", "ce", "carla", "espinosa"}),
    ],
)
def test_spellings_of_a_name(name: dict[str, object], spellings: set[str]) -> None:
    assert spellings <= phonetic(name)


def test_surnames_have_their_own_reading_first_and_the_common_one_too() -> None:
    assert {"shanxiongxin", "danxiongxin", "sxx", "dxx"} <= phonetic(
        {"family": "单", "given": ["雄信"]}
    )


def test_many_readings_are_capped() -> None:
    assert len(phonetic({"family": "单", "given": ["乐乐行行行"]})) <= 32


@pytest.mark.parametrize(
    ("typed", "sought"),
    [
        ("Zhang S", {"zhangs"}),
        ("zs", {"zs"}),
        ("章三", {"zhangsan"}),
        ("lü bu", {"lvbu"}),
        ("O'Neill", {"oneill"}),
    ],
)
def test_what_is_looked_for(typed: str, sought: set[str]) -> None:
    assert sought <= phonetic_query(typed)


def test_a_hospital_is_found_by_its_sound() -> None:
    assert {"xinglinyiyuan", "xlyy"} <= phonetic_text("杏林医院")


def test_joined_needs_both_parts() -> None:
    assert joined({"family": "张", "given": ["三", None]}) == "张三"
    assert joined({"family": "张"}) == ""


def test_names_are_listed_by_syllables() -> None:
    people = [
        {"family": "李", "given": ["四"]},
        {"family": "张", "given": ["三"]},
        {"family": "陈", "given": ["一"]},
        {"text": "阿宝"},
        {"family": "Chen", "given": ["Bo"]},
    ]
    listed = sorted(people, key=sort_key)
    assert [joined(one) or one["text"] for one in listed] == [
        "阿宝",
        "ChenBo",
        "陈一",
        "李四",
        "张三",
    ]
