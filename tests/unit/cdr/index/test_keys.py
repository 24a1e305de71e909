from hypothesis import given
from hypothesis import strategies as st

from xinglin.cdr.index import KeySpace

KS = KeySpace(b"k" * 32)
PARAM = st.integers(0, 4095)
TEXT = st.text(max_size=12)


@given(PARAM, st.integers(0, (1 << 51) - 1))
def test_structured_keys_are_reversible_and_not_negative(param: int, rid: int) -> None:
    k = KS.ref(param, rid)
    assert 0 <= k < 1 << 63
    assert KS.unpack(k) == (param, rid)
    low, high = KS.ref_range(param)
    assert low <= k <= high


@given(PARAM, TEXT, TEXT)
def test_hashed_keys_are_negative_64_bit_numbers(param: int, system: str, code: str) -> None:
    for k in (
        KS.token(param, system, code),
        KS.any_system(param, code),
        KS.pair(param, system, code, *KS.part_unit("g")),
    ):
        assert -(1 << 63) <= k < 0


@given(TEXT, TEXT, TEXT, TEXT)
def test_parts_do_not_run_together(a: str, b: str, c: str, d: str) -> None:
    if (a, b) != (c, d):
        assert KS.token(7, a, b) != KS.token(7, c, d)
    assert KS.token(7, a, b) == KS.token(7, a, b)
    assert KS.token(7, a, b) != KS.token(8, a, b)


def test_no_system_is_the_same_as_an_empty_one_and_not_any() -> None:
    assert KS.token(1, None, "male") == KS.token(1, "", "male")
    assert KS.token(1, None, "male") != KS.any_system(1, "male")
    assert KS.system(1, "male") != KS.uri(1, "male")


def test_another_secret_gives_other_keys() -> None:
    other = KeySpace(b"j" * 32)
    assert other.token(1, "s", "c") != KS.token(1, "s", "c")
    assert other.ref(1, 5) == KS.ref(1, 5)


def test_the_hash_of_an_exact_value_has_63_bits() -> None:
    assert 0 <= KS.exact("Müller") < 1 << 63
    assert KS.exact("Müller") != KS.exact("muller")


def test_lone_surrogates_can_be_asked_for() -> None:
    assert KS.token(1, None, "\ud800") != KS.token(1, None, "\ud801")
