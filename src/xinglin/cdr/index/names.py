"""Names of people: joined forms, pinyin with all readings, and the order they are listed in.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/datatypes.html#HumanName; search parameter ``phonetic``.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import islice, product
from typing import TYPE_CHECKING, Any, Final

from pypinyin import Style, pinyin

from xinglin.cdr.index.text import LENGTH, fold, has_han

if TYPE_CHECKING:
    from collections.abc import Iterable

_READINGS: Final = 3
_COMBINATIONS: Final = 16
_SYLLABLES: Final = 12

# How a family name is read, where that is not the first reading of its characters.
SURNAMES: Final = {
    "万俟": "mo qi", "单于": "chan yu", "尉迟": "yu chi", "澹台": "tan tai",
    "乐正": "yue zheng", "单": "shan", "解": "xie", "查": "zha", "仇": "qiu", "区": "ou",
    "曾": "zeng", "朴": "piao", "盖": "ge", "缪": "miao", "翟": "zhai", "乐": "yue",
    "员": "yun", "黑": "he", "秘": "bi", "洗": "xian", "折": "she", "种": "chong", "覃": "qin",
    "繁": "po", "佴": "nai", "祭": "zhai", "都": "du", "隗": "wei", "阚": "kan", "句": "gou",
    "牟": "mu", "郇": "xun", "薄": "bo", "召": "shao", "卜": "bu", "角": "jue",
}  # fmt: skip


def joined(name: dict[str, Any]) -> str:
    """Family and given names without a space between them, "" unless there are both."""
    given = "".join(part for part in name.get("given", ()) if part)
    family = name.get("family") or ""
    return family + given if family and given else ""


@lru_cache(maxsize=8192)
def _character(char: str) -> tuple[str, ...]:
    if not has_han(char):
        return (char,)
    found = pinyin(char, style=Style.NORMAL, heteronym=True)[0]
    return tuple(dict.fromkeys(fold(one).replace("ü", "v") for one in found))[:_READINGS]


def _syllables(text: str) -> list[tuple[str, ...]]:
    """Readings of each character; Latin words stay whole."""
    found: list[tuple[str, ...]] = []
    word = ""
    for char in fold(text):
        if has_han(char):
            if word:
                found.append((word,))
                word = ""
            found.append(_character(char))
        elif char.isalnum():
            word += char
        elif word:
            found.append((word,))
            word = ""
    if word:
        found.append((word,))
    return found


def _surname(family: str) -> list[tuple[str, ...]]:
    """Readings of a family name: the known one first, then those of the dictionary."""
    found = _syllables(family)
    text = fold(family)
    known = SURNAMES.get(text)
    if known is None:
        return found
    return [
        tuple(dict.fromkeys((one, *others)))[:_READINGS]
        for one, others in zip(known.split(), found, strict=True)
    ]


def _parts(name: dict[str, Any]) -> list[list[tuple[str, ...]]]:
    """Syllables of the name in its parts, and of its text where that says something else."""
    family = name.get("family") or ""
    given = "".join(part for part in name.get("given", ()) if part and has_han(part))
    latin = [part for part in name.get("given", ()) if part and not has_han(part)]
    found: list[list[tuple[str, ...]]] = []
    first = _surname(family) if family else []
    rest = _syllables(given) + [one for part in latin for one in _syllables(part)]
    if first or rest:
        found.append(first + rest)
    text = name.get("text") or ""
    if has_han(text) and fold(text) != fold(joined(name)):
        found.append(_text(text))
    elif text and not found:
        found += [_syllables(text), *([one] for one in _syllables(text))]
    return found


def _text(text: str) -> list[tuple[str, ...]]:
    """A whole name in one string: its first character or two are the family name."""
    plain = fold(text)
    for length in (2, 1):
        if plain[:length] in SURNAMES:
            return _surname(plain[:length]) + _syllables(plain[length:])
    return _syllables(plain)


def _spell(syllables: Iterable[tuple[str, ...]]) -> set[str]:
    """Full spelling and initials, of all readings up to a limit."""
    found: set[str] = set()
    some = list(syllables)[:_SYLLABLES]
    for reading in islice(product(*some), _COMBINATIONS):
        found.add("".join(reading)[:LENGTH])
        found.add("".join(syllable[:1] for syllable in reading))
    return found


def phonetic(name: dict[str, Any]) -> set[str]:
    """What ``phonetic`` finds a HumanName by.

    张三: zhangsan, zs. Anna Jones: jonesanna, ja, anna, so that one box finds both kinds of names.
    """
    found: set[str] = set()
    for syllables in _parts(name):
        found |= _spell(syllables)
    for part in name.get("given", ()):
        if part and not has_han(part):
            found.add("".join(char for char in fold(part) if char.isalnum())[:LENGTH])
    return found - {""}


def phonetic_text(text: str) -> set[str]:
    """The same for a name that is a plain string, as of an Organization."""
    return _spell(_syllables(text))


def phonetic_query(text: str) -> set[str]:
    """What to look for, as prefixes, when somebody asks for ``text``: Chinese is spelt out."""
    typed = text.casefold().replace("ü", "v").replace("u:", "v")
    if not has_han(typed):
        return {"".join(char for char in fold(typed) if char.isalnum())}
    readings = islice(product(*_text(typed)[:_SYLLABLES]), _COMBINATIONS)
    return {"".join(reading) for reading in readings}


def sort_key(name: dict[str, Any]) -> str:
    """The order of a list of names: pinyin by syllables, family name first."""
    family, text = name.get("family") or "", name.get("text") or ""
    given = [part for part in name.get("given", ()) if part]
    if not family and not given:
        syllables = _text(text) if has_han(text) else _syllables(text)
    else:
        syllables = _surname(family) + [one for part in given for one in _syllables(part)]
    spelt = " ".join(readings[0] for readings in syllables if readings)
    written = fold(text if not family and not given else family + "".join(given))
    return f"{spelt}\x1f{written}"[:LENGTH]
