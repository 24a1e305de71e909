"""How a Chinese product name is typed: full pinyin and initials, with the readings chemists use.

docs/adr/0012-drug-dictionary.md; readings by pypinyin, whose phrases come first.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Final

from pypinyin import Style, lazy_pinyin

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST: Final = 12
_HAN: Final = re.compile(r"[\u3400-\u9fff]+")
_PIECES: Final = re.compile(r"[\u3400-\u9fff]+|[A-Za-z0-9]+")

PHRASES: Final = {
    "参麦": ("shen", "mai"),
    "参芪": ("shen", "qi"),
    "参附": ("shen", "fu"),
    "参苓": ("shen", "ling"),
    "人参": ("ren", "shen"),
    "调经": ("tiao", "jing"),
    "调节": ("tiao", "jie"),
    "藏红花": ("zang", "hong", "hua"),
}
"""Words that pypinyin reads otherwise."""

ALSO: Final = {
    "阿": ("a", "e"), "泊": ("bo", "po"), "重": ("chong", "zhong"), "地": ("di",),
    "单": ("dan", "shan"), "参": ("shen", "can"), "血": ("xue", "xie"), "乐": ("le", "yue"),
    "薄": ("bo", "bao"), "术": ("zhu", "shu"), "行": ("xing", "hang"), "调": ("tiao", "diao"),
    "卡": ("ka", "qia"), "塞": ("sai", "se"), "藏": ("zang", "cang"), "朴": ("po", "pu"),
    "柏": ("bai", "bo"), "酵": ("jiao", "xiao"), "腺": ("xian",), "苷": ("gan",),
    "羟": ("qiang",), "巯": ("qiu", "liu"), "吡": ("bi", "pi"), "哌": ("pai",),
    "唑": ("zuo",), "磺": ("huang",), "胱": ("guang",), "嘌": ("piao",), "呤": ("ling",),
    "溴": ("xiu", "chou"), "吲": ("yin",), "哚": ("duo",), "曲": ("qu",), "长": ("chang",),
    "还": ("huan",), "的": ("di", "de"), "匹": ("pi",), "氯": ("lv", "lu"), "铝": ("lv", "lu"),
    "绿": ("lv", "lu"), "率": ("lv",), "滤": ("lv", "lu"), "壳": ("ke", "qiao"),
}  # fmt: skip
"""Characters that people type in more than one way; the first is the one that chemists say."""


@lru_cache(maxsize=8192)
def _syllables(run: str) -> tuple[tuple[str, ...], ...]:
    """What each character of a run of Chinese is read as, the likeliest first."""
    read = list(lazy_pinyin(run, style=Style.NORMAL, v_to_u=False, errors="ignore"))
    if len(read) != len(run):
        read = [one for char in run for one in lazy_pinyin(char, style=Style.NORMAL)]
    for phrase, syllables in PHRASES.items():
        at = run.find(phrase)
        if at >= 0:
            read[at : at + len(phrase)] = syllables
    return tuple(_readings(char, one) for char, one in zip(run, read, strict=True))


def _readings(char: str, read: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((read, *ALSO.get(char, ()))))


def _spelt(name: str, *, latin: bool) -> list[tuple[str, ...]]:
    """The readings of the Chinese characters of a name, with or without what stands among them."""
    first = _HAN.search(name)
    if first is None:
        return []
    found: list[tuple[str, ...]] = []
    for piece in _PIECES.findall(name[first.start() :]):
        if _HAN.fullmatch(piece):
            found += _syllables(piece)
        elif latin:
            found += [(sign,) for sign in piece.casefold()]
    return found


def _choices(syllables: list[tuple[str, ...]]) -> Iterator[list[str]]:
    """The likeliest reading, then each with one character read otherwise."""
    likeliest = [one[0] for one in syllables]
    yield likeliest
    for at, readings in enumerate(syllables):
        for other in readings[1:]:
            yield [*likeliest[:at], other, *likeliest[at + 1 :]]


def spellings(name: str) -> list[str]:
    """Full pinyin and initials of a name: 阿莫西林 gives amoxilin, amxl, emoxilin, emxl."""
    found: dict[str, None] = {}
    for latin in (True, False):
        syllables = _spelt(name, latin=latin)
        for choice in islice(_choices(syllables), MOST) if syllables else ():
            found["".join(choice)] = None
            found["".join(one[0] for one in choice)] = None
    return list(found)
