"""Folding of strings, over all of Unicode."""

from hypothesis import given
from hypothesis import strategies as st

from xinglin.cdr.index.text import fold, has_han, stored

TEXT = st.text(max_size=40)


@given(TEXT)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(TEXT)
def test_case_does_not_matter(text: str) -> None:
    assert fold(text.swapcase().swapcase()) == fold(text.swapcase().swapcase().casefold())


@given(st.text(alphabet="张三李四 ab", max_size=12))
def test_spaces_between_characters_do_not_matter(text: str) -> None:
    folded = fold(text)
    for at in range(1, len(folded) - 1):
        if folded[at] == " ":
            assert not (has_han(folded[at - 1]) and has_han(folded[at + 1]))


@given(st.text(max_size=600))
def test_what_is_stored_is_short(text: str) -> None:
    assert len(stored(text)) <= 200


def test_marks_go_from_latin_letters_alone() -> None:
    assert fold("Ｍüller  ＳＴＲＡẞE") == "muller strasse"
    assert fold("Łódź") == "łodz"
    assert fold("ガギ й") == "ガギ й"
    assert fold("张 三 Jr.") == "张三 jr."
