"""Search agrees with a naive evaluator over random resources and random queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.support import naive
from tests.support.naive import Ask, Back, Link, Query, World
from tests.support.shelf import Shelf, ids, link

from xinglin.cdr.search import plan

if TYPE_CHECKING:
    from xinglin.kernel.database import Database

UCUM = naive.UCUM
some = st.sampled_from
few = {"min_size": 0, "max_size": 2}
IDS = ("a", "b", "c", "d", "e")
MANY = (*IDS, "f", "g", "h", "i", "j")
FAMILIES = ("Smith", "smith", "Smythe", "Müller", "muller", "张", "张三")
GIVEN = ("Anna", "ann", "Jörg", "三", "Bo, Jr")
DATES = ("1990", "1990-05", "1990-05-17", "1991-01-01", "1990-12")
TIMES = (
    *DATES,
    "1990-05-17T10:30:00Z",
    "1990-05-17T23:30:00+08:00",
    "1990-05-16T20:00:00Z",
    "1990-12-31T23:59:59.5+08:00",
)
CODINGS = ((None, "x"), ("urn:s1", "x"), ("urn:s1", "y"), ("urn:s2", "x"), ("urn:s2", "z"))
TOKENS = ("x", "y", "z", "|x", "urn:s1|x", "urn:s2|x", "urn:s1|", "urn:s3|x")
NUMBERS = ("5", "5.0", "5.4", "0.005", "100", "99.6", "100.49", "-3", "5400", "0")
UNITS = ((UCUM, "mg"), (UCUM, "g"), (UCUM, "kg"), ("urn:u", "tab"), (None, None))
PREFIXES = ("", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb")


def optional(**fields: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


def concept() -> st.SearchStrategy[dict[str, Any]]:
    coding = some(CODINGS).map(lambda c: {"code": c[1]} | ({"system": c[0]} if c[0] else {}))
    return st.lists(coding, min_size=1, max_size=2).map(lambda c: {"coding": c})


def reference(*types: str) -> st.SearchStrategy[dict[str, str]]:
    return st.tuples(some(types), some(IDS)).map(lambda t: {"reference": f"{t[0]}/{t[1]}"})


def quantities() -> st.SearchStrategy[dict[str, Any]]:
    def make(number: str, unit: tuple[str | None, str | None]) -> dict[str, Any]:
        found: dict[str, Any] = {"value": float(number)}
        if unit[0]:
            found |= {"system": unit[0], "code": unit[1], "unit": unit[1]}
        return found

    return st.builds(make, some(NUMBERS), some(UNITS))


name = optional(family=some(FAMILIES), given=st.lists(some(GIVEN), min_size=1, max_size=2)).filter(
    bool
)
identifier = st.builds(
    lambda s, v: {"value": v} | ({"system": s} if s else {}),
    some((None, "urn:i1", "urn:i2")),
    some(("1", "2")),
)
PATIENT = optional(
    name=st.lists(name, min_size=1, max_size=2),
    gender=some(("male", "female")),
    active=st.booleans(),
    birthDate=some(DATES),
    identifier=st.lists(identifier, min_size=1, max_size=2),
    managingOrganization=reference("Organization"),
    generalPractitioner=st.lists(reference("Organization"), min_size=1, max_size=2),
)
ORGANIZATION = optional(
    name=some(FAMILIES),
    alias=st.lists(some(FAMILIES), min_size=1, max_size=2),
    type=st.lists(concept(), min_size=1, max_size=2),
    partOf=reference("Organization"),
    active=st.booleans(),
)
when = st.one_of(
    st.just({}),
    some(TIMES).map(lambda t: {"effectiveDateTime": t}),
    optional(start=some(DATES[:3]), end=some(TIMES[3:5]))
    .filter(bool)
    .map(lambda p: {"effectivePeriod": p}),
)
what = st.one_of(
    st.just({}),
    quantities().map(lambda q: {"valueQuantity": q}),
    some(FAMILIES).map(lambda s: {"valueString": s}),
)
OBSERVATION = st.builds(
    lambda fixed, a, b: fixed | a | b,
    st.fixed_dictionaries(
        {"status": some(("final", "preliminary")), "code": concept()},
        optional={
            "category": st.lists(concept(), min_size=1, max_size=2),
            "subject": st.one_of(
                reference("Patient"), some(IDS[:2]).map(lambda i: {"reference": f"Patient/{i}"})
            ),
            "performer": st.lists(reference("Organization", "Patient"), min_size=1, max_size=2),
            "component": st.lists(concept().map(lambda c: {"code": c}), min_size=1, max_size=2),
        },
    ),
    when,
    what,
)


@st.composite
def worlds(draw: st.DrawFn) -> list[dict[str, Any]]:
    found = []
    for type_, strategy in (
        ("Patient", PATIENT),
        ("Organization", ORGANIZATION),
        ("Observation", OBSERVATION),
    ):
        ids_ = MANY if type_ == "Observation" else IDS
        bodies = draw(st.lists(strategy, max_size=len(ids_)))
        found += [
            {"resourceType": type_, "id": id_, **body}
            for id_, body in zip(ids_, bodies, strict=False)
        ]
    return draw(st.permutations(found))


def values(kind: str) -> tuple[st.SearchStrategy[str], tuple[str, ...], tuple[str, ...]]:
    """(texts, prefixes, modifiers) of a kind of parameter."""
    match kind:
        case "string":
            texts = some((*FAMILIES, *GIVEN, "s", "m", "张", "三", "Smi", "HI"))
            return texts, ("",), ("", "exact", "contains")
        case "coding":
            return some(TOKENS), ("",), ("", "not")
        case "code":
            return (
                some(("male", "female", "true", "false", "final", "preliminary")),
                ("",),
                ("", "not"),
            )
        case "identifier":
            return some(("1", "2", "urn:i1|1", "|1", "urn:i2|")), ("",), ("", "not")
        case "date":
            return some(TIMES), PREFIXES, ("",)
        case "composite":
            code = some([one for one in TOKENS if not one.endswith("|")])
            amount = st.builds(
                "{}{}{}".format, some(PREFIXES), some(NUMBERS), some(("", f"|{UCUM}|g"))
            )
            return st.builds("{}${}".format, code, amount), ("",), ("",)
        case "quantity":
            bare = some(NUMBERS)
            units = some(("", f"|{UCUM}|mg", f"|{UCUM}|g", "|urn:u|tab", "||g", "||tab"))
            return st.builds(lambda n, u: n + u, bare, units), (*PREFIXES, "ap"), ("",)
        case _:
            return some(IDS), ("",), ("",)


@st.composite
def asks(draw: st.DrawFn, type_: str, depth: int = 0) -> Any:
    how = draw(st.integers(0, 9))
    links = [one for one in naive.TARGETS if one[0] == type_]
    if how == 0 and links and depth < 2:
        _, code = draw(some(links))
        target = draw(some(naive.TARGETS[type_, code]))
        return Link(type_, code, target, draw(asks(target, depth + 1)))
    backs = [(s, c) for (s, c), targets in naive.TARGETS.items() if type_ in targets]
    if how == 1 and backs and depth < 2:
        source, code = draw(some(backs))
        return Back(source, code, draw(asks(source, depth + 1)))
    code = draw(some([*naive.PARAMS[type_], "_id"]))
    if code == "_id":
        return Ask(
            type_,
            code,
            "",
            tuple(("", one) for one in draw(st.lists(some(IDS), min_size=1, max_size=2))),
        )
    kind = naive.PARAMS[type_][code][0]
    if how == 2:
        return Ask(type_, code, "missing", (("", draw(some(("true", "false")))),))
    texts, prefixes, modifiers = values(kind)
    modifier = draw(some(modifiers))
    if kind == "reference" and draw(st.booleans()):
        modifier = draw(some(naive.TARGETS[type_, code]))
    some_values = draw(st.lists(st.tuples(some(prefixes), texts), min_size=1, max_size=2))
    return Ask(type_, code, modifier, tuple(some_values))


@st.composite
def charts(draw: st.DrawFn) -> Query:
    """What a chart asks: one patient's observations of a time, by date."""
    found = [Ask("Observation", "patient", "", (("", draw(some(IDS[:2]))),))]
    dates = draw(st.lists(st.tuples(some(PREFIXES), some(TIMES)), max_size=2))
    found += [Ask("Observation", "date", "", (one,)) for one in dates]
    if draw(st.booleans()):
        found.append(draw(asks("Observation", 2)))
    return Query("Observation", found, [("date", draw(st.booleans()))])


@st.composite
def queries(draw: st.DrawFn) -> Query:
    type_ = draw(some(tuple(naive.PARAMS)))
    found = draw(st.lists(asks(type_), max_size=3))
    sortable = [
        code
        for code, (kind, _) in naive.PARAMS[type_].items()
        if kind in {"date", "quantity", "code", "coding"}
    ]
    keys = draw(
        st.lists(
            st.tuples(some([*sortable, "_id"]), st.booleans()), max_size=2, unique_by=lambda k: k[0]
        )
    )
    return Query(type_, found, keys)


def url(query: Query, count: int) -> str:
    pairs = [test.render() for test in query.tests]
    if query.sort:
        pairs.append(("_sort", ",".join(("-" if down else "") + code for code, down in query.sort)))
    pairs.append(("_count", str(count)))
    return f"{query.type}?" + "&".join(f"{quote(n)}={quote(v)}" for n, v in pairs)


async def all_pages(shelf: Shelf, address: str | None) -> tuple[list[str], list[list[str]]]:
    """The ids of all pages, walked forward; and the pages met on the way back."""
    found: list[list[str]] = []
    bundle: dict[str, Any] = {}
    while address:
        bundle = await shelf.bundle(address)
        found.append(ids(bundle))
        address = link(bundle, "next")
    back: list[list[str]] = []
    while address := link(bundle, "previous"):
        bundle = await shelf.bundle(address)
        back.append(ids(bundle))
    return [one for page in found for one in page], [*reversed(back), found[-1]]


async def empty(db: Database) -> None:
    tables = "resource, change, key, dat, num, str, pdate, coding, coding_text"
    await db.execute(f"truncate {tables}")


@pytest.mark.parametrize("tiny", [False, True], ids=["sparse", "dense"])
@given(st.data())
@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking asks the database for minutes
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
async def test_agrees_with_the_naive_evaluator(
    module_db: Database, monkeypatch: pytest.MonkeyPatch, tiny: bool, data: st.DataObject
) -> None:
    if tiny:
        # Everything counts as dense, so that walks, cut-offs and intersections are what runs.
        monkeypatch.setattr(plan, "SPARSE", 1)
        monkeypatch.setattr(plan, "STEPS", 3)
        monkeypatch.setattr(plan, "LARGE", 2)
    resources = data.draw(worlds(), label="world")
    await empty(module_db)
    shelf = Shelf(module_db)
    await shelf.put(resources)
    await shelf.reserve()
    world = World(resources)
    for query in data.draw(
        st.lists(st.one_of(queries(), charts()), min_size=8, max_size=12), label="queries"
    ):
        expected = world.search(query)
        address = url(query, data.draw(some((1, 2, 20)), label="count"))
        found, back = await all_pages(shelf, address)
        assert found == expected, address
        assert [one for page in back for one in page] == expected, f"backwards: {address}"
