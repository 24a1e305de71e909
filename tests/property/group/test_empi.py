"""Laws of the comparison: symmetry, reflexivity, and that nothing raises.

Hypothesis; Fellegi and Sunter (1969).
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from xinglin.group.empi import compare_records, of_patient
from xinglin.group.empi.blocking import keys
from xinglin.group.empi.text import jaro_winkler, within_one

words = st.text(st.sampled_from("abcdez 王李晓小明張张单"), max_size=8)
patients = st.fixed_dictionaries(
    {
        "name": st.lists(
            st.fixed_dictionaries(
                {}, optional={"family": words, "given": st.lists(words, max_size=2), "text": words}
            ),
            max_size=2,
        ),
        "birthDate": st.sampled_from(["", "1980", "1980-03-04", "1980-04-03", "1981-03-04", "x"]),
        "gender": st.sampled_from(["male", "female", "unknown"]),
        "identifier": st.lists(
            st.fixed_dictionaries(
                {"value": st.sampled_from(["990101198003041231", "990101800304123", "7777777", ""])}
            ),
            max_size=2,
        ),
        "multipleBirthInteger": st.sampled_from([None, 1, 2]),
    }
)


@given(patients, patients)
def test_it_does_not_matter_which_comes_first(
    one: dict[str, object], two: dict[str, object]
) -> None:
    a, b = of_patient(one), of_patient(two)
    forward, back = compare_records(a, b), compare_records(b, a)
    assert forward.grade == back.grade
    assert forward.levels[2:] == back.levels[2:]


@given(patients)
def test_a_record_shares_its_keys_with_itself_and_reads_the_same_twice(
    one: dict[str, object],
) -> None:
    assert of_patient(one) == of_patient(one)
    assert keys(of_patient(one)) == keys(of_patient(one))


@given(words, words)
def test_alike_is_symmetric_and_bounded(one: str, two: str) -> None:
    assert 0 <= jaro_winkler(one, two) <= 1
    assert within_one(one, two) == within_one(two, one)
    assert within_one(one, one)
