"""Names made comparable: folded, traditional to simplified, all readings, newborns' "son of".

https://hl7.org/fhir/R4/datatypes.html#HumanName; readings by pypinyin, family names by our table.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import islice, product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pypinyin import Style, pinyin

from xinglin.cdr.index.names import SURNAMES
from xinglin.cdr.index.text import fold, has_han

from .model import Name

if TYPE_CHECKING:
    from collections.abc import Iterable

_READINGS: Final = 3
_COMBINATIONS: Final = 6
# Family names of two characters (a longer one is not cut off a given name by mistake).
_COMPOUND: Final = (
    "欧阳 上官 司马 诸葛 夏侯 皇甫 尉迟 公孙 慕容 令狐 司徒 司空 宇文 长孙 东方 独孤 "
    "南宫 西门 端木 百里 呼延 轩辕 澹台 申屠 太史 淳于 单于 公羊 赫连 钟离 濮阳 闻人 "
    "鲜于 拓跋 万俟 乐正 公冶 宗政 第五 东郭 南门 梁丘 左丘 谷梁 段干 夹谷 亓官 巫马 "
    "漆雕 子车 颛孙 仲孙 叔孙 闾丘 羊舌 微生 "
)
COMPOUND: Final = frozenset(_COMPOUND.split())
_ORDER: Final = {"长": 1, "大": 1, "一": 1, "甲": 1, "a": 1, "1": 1, "次": 2, "二": 2, "小": 2,
                 "乙": 2, "b": 2, "2": 2, "三": 3, "丙": 3, "c": 3, "3": 3}  # fmt: skip
_CHILD: Final = re.compile(r"(.{2,})之([长大次小一二三]?)[子女婴]([甲乙丙大小一二三abc123]?)$")
_BABY: Final = re.compile(
    r"^(?:baby|newborn)?\s*(?:boy|girl|son|daughter|infant|baby)?\s*([abc123]?)\s*of\s+(.+)$"
)
_UNKNOWN: Final = re.compile(
    r"^(无名氏?|未知|不详|佚名|无主|unknown|john doe|jane doe|unidentified|anonymous)"
)


@cache
def _simple() -> dict[int, str]:
    """Traditional and variant characters with the simplified one."""
    text = (Path(__file__).parent / "data" / "traditional.txt").read_text(encoding="utf-8")
    pairs = (
        pair for line in text.splitlines() if not line.startswith("#") for pair in line.split()
    )
    return {ord(variant): pair[0] for pair in pairs for variant in pair[1:]}


@lru_cache(maxsize=1 << 14)
def plain(text: str) -> str:
    """Folded, in simplified characters, without marks and punctuation."""
    folded = fold(text).translate(_simple())
    kept = "".join(char if char.isalnum() else " " for char in folded if char not in "'’`·•.・-")
    return " ".join(kept.split())


@lru_cache(maxsize=1 << 14)
def _readings(char: str) -> tuple[str, ...]:
    if not has_han(char):
        return (char,)
    found = pinyin(char, style=Style.NORMAL, heteronym=True)[0]
    return tuple(dict.fromkeys(fold(one).replace("ü", "v") for one in found))[:_READINGS]


@lru_cache(maxsize=1 << 14)
def sounds(text: str, *, family: bool = False) -> tuple[str, ...]:
    """The ways to read it in toneless pinyin, the usual one first."""
    parts = [_readings(char) for char in text.replace(" ", "")]
    if family and text in SURNAMES:
        parts = [
            tuple(dict.fromkeys((known, *rest)))[:_READINGS]
            for known, rest in zip(SURNAMES[text].split(), parts, strict=True)
        ]
    spelt = ("".join(one) for one in islice(product(*parts), _COMBINATIONS))
    return tuple(dict.fromkeys(spelt))


def split(text: str) -> tuple[str, str]:
    """Family and given name of a Chinese name that came in one piece."""
    compact = text.replace(" ", "")
    size = 2 if compact[:2] in COMPOUND and len(compact) > 2 else 1
    return compact[:size], compact[size:]


@lru_cache(maxsize=1 << 14)
def make(family: str, given: str) -> Name:
    """A name from its normalised parts."""
    if has_han(family + given):
        family, given = family.replace(" ", ""), given.replace(" ", "")
        return Name(
            family,
            given,
            True,
            sounds(family, family=True) if family else (),
            sounds(given) if given else (),
        )
    return Name(family, given)


def child(text: str) -> tuple[str, int] | None:
    """The mother's name and the order of birth, of a newborn called after her."""
    found = _CHILD.match(text.replace(" ", ""))
    if found:
        return found[1], _ORDER.get(found[2] or found[3], 0)
    found = _BABY.match(text)
    return (found[2], _ORDER.get(found[1], 0)) if found else None


class Read:
    """What the HumanNames of a resource say."""

    def __init__(self, given: Any) -> None:
        self.names: list[Name] = []
        self.mother: Name | None = None
        self.order = 0
        self.unknown = False
        for name in _usable(given):
            self._take(name)
        han = [name for name in self.names if name.han]
        # The pinyin beside a written name says nothing that its readings do not.
        self.names = list(dict.fromkeys(han or self.names))

    def _take(self, name: dict[str, Any]) -> None:
        family = plain(str(name.get("family") or ""))
        given = plain(" ".join(str(one) for one in name.get("given") or () if one))
        text = plain(str(name.get("text") or ""))
        whole = f"{family}{given}" if has_han(family + given) else f"{given} {family}".strip()
        whole = whole or text
        if not whole or _UNKNOWN.match(whole):
            self.unknown = self.unknown or bool(whole)
            return
        if baby := (child(whole) or child(text) or child(given)):
            self._baby(baby, family)
            return
        if not family and not given:
            family, given = _apart(text)
        elif not family and has_han(given):
            family, given = split(given)
        self.names.append(make(family, given))

    def _baby(self, found: tuple[str, int], family: str) -> None:
        mother, order = found
        if has_han(mother):
            self.mother = self.mother or make(*split(mother))
        elif self.mother is None:
            words = [word for word in mother.split() if word != family]
            last = family or words[-1]
            self.mother = make(last, " ".join(words if family else words[:-1]))
        self.order = self.order or order


def _usable(given: Any) -> Iterable[dict[str, Any]]:
    return (one for one in given or () if isinstance(one, dict))


def _apart(text: str) -> tuple[str, str]:
    if has_han(text):
        return split(text)
    words = text.split()
    return (words[-1], " ".join(words[:-1])) if len(words) > 1 else (text, "")
