"""A Chinese population and its records: families share phones and homes, names are reused.

GB 11643 (identity numbers, here of areas that do not exist); spec/clinical.md, section 7.2.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from xinglin.simulator import people
from xinglin.simulator.chance import Chance
from xinglin.simulator.tables import table

from . import slips
from .human import Human, Record
from .words import FEMALE, MALE, RARE_FAMILIES

if TYPE_CHECKING:
    from collections.abc import Iterator

TODAY: Final = date(2026, 1, 1)
_CITY: Final = "杏林市"


def population(seed: str, count: int, *, copies: float = 0.4) -> Iterator[Record]:
    """Records of ``count`` people; a share ``copies`` of them has two or more, written badly."""
    serial = 0
    for human in humans(seed, count):
        chance = Chance(seed, "records", human.key)
        many = 1
        while many < 5 and chance.happens(copies if many == 1 else 0.25):
            many += 1
        for _ in range(many):
            serial += 1
            yield written(chance, human, serial)


def humans(seed: str, count: int) -> Iterator[Human]:
    """The people, household by household."""
    made = house = 0
    while made < count:
        house += 1
        chance = Chance(seed, "household", house)
        for human in _household(chance, house):
            if made < count:
                made += 1
                yield human


def _household(chance: Chance, house: int) -> Iterator[Human]:
    home = _home(chance)
    line = people.phone(chance)
    older = chance.between(24, 88)
    husband = _human(chance, f"{house}a", "male", older, home)
    wife = _human(chance, f"{house}b", "female", max(older - chance.between(-2, 6), 20), home)
    alone = chance.happens(0.3)
    adults = [chance.pick((husband, wife))] if alone else [husband, wife]
    for adult in adults:
        if chance.happens(0.12):
            adult.phone = line
    yield from adults
    if alone:
        return
    mother_age = (TODAY - wife.born).days / 365.25
    born = mother_age - chance.between(21, 36)
    children = 0
    while born > 0 and children < 3 and chance.happens(0.75 if children == 0 else 0.4):
        children += 1
        twins = 2 if chance.happens(0.015) else 1
        for order in range(twins):
            yield _child(chance, f"{house}c{children}{order}", (husband, wife), born,
                         order + 1 if twins == 2 else 0)  # fmt: skip
        born -= chance.between(1.5, 6)


def _child(chance: Chance, key: str, parents: tuple[Human, Human], age: float, twin: int) -> Human:
    father, mother = parents
    day = TODAY - timedelta(days=max(int(age * 365.25), 1))
    sex = "male" if chance.happens(0.52) else "female"
    child = _human(chance, key, sex, age, father.home, family=father.family)
    child.born = day
    child.number = people.identity_number(chance, day, sex)
    child.parent = mother
    child.twin = twin
    if age < 18:
        child.phone = chance.pick((father, mother)).phone
    if age < 0.15:
        child.placeholder = f"{mother.family}{mother.given}之{'子' if sex == 'male' else '女'}"
    if age > 25 and chance.happens(0.7):
        child.home = _home(chance)
    return child


def _human(
    chance: Chance,
    key: str,
    sex: str,
    age: float,
    home: tuple[str, str, str, str, str],
    family: str = "",
) -> Human:
    born = TODAY - timedelta(days=int(age * 365.25))
    family = family or _family(chance)
    return Human(
        key,
        family,
        given(chance, sex, born.year),
        born,
        sex,
        number=people.identity_number(chance, born, sex),
        card=f"99{chance.whole(0, 9_999_999_999):010d}",
        phone=people.phone(chance),
        home=home,
    )


def _family(chance: Chance) -> str:
    if chance.happens(0.12):
        return chance.pick(RARE_FAMILIES)
    return people.surname(chance)[0]


def given(chance: Chance, sex: str, year: int) -> str:
    """A given name: of the cohort's fashion, or free."""
    if chance.happens(0.45):
        return people.given_name(chance, sex, year)[0]
    pool = MALE if sex == "male" else FEMALE
    if chance.happens(0.18):
        return chance.pick(pool)
    return chance.pick(pool) + chance.pick(pool)


def _home(chance: Chance) -> tuple[str, str, str, str, str]:
    places = table("group")["places"]
    district, road = chance.pick(places["districts"]), chance.pick(places["roads"])
    block, flat = chance.whole(1, 30), f"{chance.whole(1, 18)}0{chance.whole(1, 4)}"
    return f"{road}{chance.whole(1, 288)}号{block}幢{flat}室", district, _CITY, "", ""


def written(chance: Chance, human: Human, serial: int) -> Record:
    """One record of a person, with what may go wrong."""
    family, given_, text = _name(chance, human)
    mark = chance.unit()
    sex = "" if mark < 0.005 else human.sex
    if 0.005 <= mark < 0.008:
        sex = "female" if sex == "male" else "male"
    return Record(
        human.key,
        family,
        given_,
        text,
        slips.birth(chance, human.born),
        sex,
        _number(chance, human),
        _card(chance, human),
        _phone(chance, human),
        _address(chance, human),
        serial,
        twin=human.twin if chance.happens(0.5) else 0,
    )


def _name(chance: Chance, human: Human) -> tuple[str, str, str]:
    """(family, given, text)."""
    family, name = human.family, human.given
    if human.placeholder and chance.happens(0.5):
        return "", "", human.placeholder
    mark = chance.unit()
    if mark < 0.040:
        name = slips.heard(chance, name)
    elif mark < 0.050:
        family = slips.heard(chance, family)
    elif mark < 0.065:
        name = slips.misheard(chance, name)
    elif mark < 0.085:
        family, name = slips.traditional(family), slips.traditional(name)
    elif mark < 0.092:
        name = name[:-1] + chance.pick(MALE + FEMALE)
    elif mark < 0.105:
        return name, family, ""
    elif mark < 0.130:
        return slips.pinyin_of(family), slips.pinyin_of(name), ""
    elif mark < 0.134:
        return family, "", ""
    form = chance.unit()
    if form < 0.15:
        return "", "", f"{family} {name}" if form < 0.05 else family + name
    return family, name, f"{family}{name}" if form < 0.6 else ""


def _number(chance: Chance, human: Human) -> str:
    number, age = human.number, (TODAY - human.born).days / 365.25
    if chance.happens(0.6 if age < 0.5 else 0.35 if age < 10 else 0.12):
        return ""
    mark = chance.unit()
    if mark < 0.03 and human.parent is not None and age < 18:
        return human.parent.number
    if 0.03 <= mark < 0.06 and human.born.year < 1990:
        return number[:6] + number[8:17]
    if 0.06 <= mark < 0.08:
        return slips.digit(chance, number)
    return number.lower() if chance.happens(0.3) else number


def _card(chance: Chance, human: Human) -> str:
    mark = chance.unit()
    if mark < 0.35:
        return ""
    if mark < 0.40:
        return f"99{chance.whole(0, 9_999_999_999):010d}"
    return slips.digit(chance, human.card) if mark < 0.41 else human.card


def _phone(chance: Chance, human: Human) -> str:
    mark = chance.unit()
    if mark < 0.08:
        return ""
    if mark < 0.20:
        return people.phone(chance)
    if mark < 0.25 and human.parent is not None:
        return human.parent.phone
    if mark < 0.26:
        return slips.digit(chance, human.phone)
    return f"+86 {human.phone}" if mark < 0.30 else human.phone


def _address(chance: Chance, human: Human) -> tuple[str, str, str, str, str]:
    street, district, city, postal, state = human.home
    mark = chance.unit()
    if mark < 0.10:
        return "", "", "", "", ""
    if mark < 0.20:
        return _home(chance)
    if mark < 0.25:
        return "", district, city, postal, state
    if mark < 0.35:
        street = street.replace("号", "-").replace("幢", "-").replace("室", "")
    elif mark < 0.40:
        street = street.partition("幢")[0]
    return street, district, city if mark < 0.8 else "", postal, state
