"""However a valid resource is mutilated, validation returns issues and raises nothing.

And the quick pass takes nothing that the careful pass refuses.
"""

import copy
import functools
import json as plain
import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xinglin.fhir import definitions
from xinglin.fhir.json import decode
from xinglin.fhir.validation import validate
from xinglin.fhir.validation.careful import Walk
from xinglin.fhir.validation.quick import accepts

calm = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=300)

JUNK = [
    None, True, False, 0, -1, 2**40, 1.5, "", " ", "x", "2024-02-30", "#a", "#", "Patient/1", "Patient?x=1", "final", [], {}, [None], [{}], {"id": "a"}, [[]], ["x", None],
    {"extension": [{"url": "http://x", "valueCode": "a"}]}, {"reference": "#c1"}, {"resourceType": "Patient"}, {"resourceType": "Nothing"}, "\ud800", b"x", 1j,
]  # fmt: skip
KEYS = [
    "id",
    "extension",
    "_status",
    "_birthDate",
    "valueString",
    "valueQuantity",
    "contained",
    "resourceType",
    "",
    "_",
    "nonsense",
    5,
    None,
]


@functools.cache
def minimal(name):
    """A small valid value of any type: what is required, and the first extras that are easy."""
    return {
        e.name + (c[0].upper() + c[1:] if e.choice else ""): [value] if e.repeats else value
        for e in definitions.elements(name)
        if e.min
        for c in e.types[:1]
        for value in [example(c, e)]
    }


def example(code, element):
    codes = definitions.codes(element.value_set) if element.binding == "required" else None
    if code == "Reference":
        return {"reference": f"{(element.targets or ('Patient',))[0]}/1"}
    if code == "Resource":
        return {"resourceType": "Patient"}
    if code == "CodeableConcept" and codes:
        system, values = next(iter(definitions.value_sets()[element.value_set].items()))
        return {"coding": [{"system": system, "code": values[0]}]}
    if code in definitions.primitive_types():
        return min(codes) if codes else PRIMITIVES.get(code, "text")
    found = minimal(code)
    return (
        found
        or {
            e.name: (PRIMITIVES.get(e.types[0], "a"))
            for e in definitions.elements(code)
            if e.types[0] in ("string", "decimal", "dateTime", "uri", "integer")
            and e.name != "id"
            and not e.repeats
        }
        or {"extension": [{"url": "http://x", "valueCode": "a"}]}
    )


PRIMITIVES = {
    "boolean": True, "integer": 1, "unsignedInt": 1, "positiveInt": 1, "decimal": 1, "date": "2024-02-29", "dateTime": "2024", "instant": "2024-02-29T00:00:00Z", "time": "07:30:00",
    "base64Binary": "QQ==", "uri": "http://x", "canonical": "http://x", "url": "http://x", "oid": "urn:oid:1.2", "uuid": "urn:uuid:c757873d-ec9a-4326-a141-556f43239520", "id": "a", "code": "xml",
    "xhtml": '<div xmlns="http://www.w3.org/1999/xhtml">x</div>',
}  # fmt: skip

RICH = decode(
    plain.dumps(
        {
            "resourceType": "Observation", "id": "o", "status": "final", "code": {"coding": [{"system": "http://loinc.org", "code": "1-8", "_display": {"extension": [{"url": "u", "valueString": "x"}]}}]},
            "contained": [{"resourceType": "Patient", "id": "c1", "name": [{"given": ["a", None], "_given": [None, {"extension": [{"url": "u", "valueString": "x"}]}]}], "birthDate": "1970"}],
            "subject": {"reference": "#c1", "type": "Patient"}, "effectiveDateTime": "2024-02-29", "valueQuantity": {"value": 1, "unit": "g"},
            "component": [{"code": {"text": "x"}, "valueCodeableConcept": {"text": "y"}}], "text": {"status": "generated", "div": PRIMITIVES["xhtml"]},
            "meta": {"profile": ["http://p"], "tag": [{"code": "x"}]},
        }
    ).encode()
)  # fmt: skip


def nodes(value):
    found = [value]
    for node in found:
        found += [
            v
            for v in (node.values() if isinstance(node, dict) else node)
            if isinstance(v, dict | list)
        ]
    return found


def mutilate(value, chance):
    value = copy.deepcopy(value)
    for _ in range(chance.randint(1, 3)):
        node = chance.choice(nodes(value))
        junk = copy.deepcopy(chance.choice(JUNK))
        if isinstance(node, list):
            index = chance.randrange(len(node) + 1)
            node[index : index + chance.randint(0, 1)] = [junk] * chance.randint(0, 2)
        elif node and chance.random() < 0.5:
            key = chance.choice(list(node))
            if chance.random() < 0.4:
                del node[key]
            else:
                node[key] = [node[key]] if chance.random() < 0.3 else junk
        else:
            node[chance.choice(KEYS)] = junk
    return value


def careful(resource):
    walk = Walk(conditional=False)
    walk.whole(resource, "")
    return walk.issues


names = st.sampled_from(definitions.resource_types())


@calm
@given(names)
def test_what_is_made_valid_is_valid_to_both_passes(name):
    resource = {"resourceType": name, **minimal(name)}
    assert careful(resource) == []
    assert accepts(resource)


@calm
@given(
    st.one_of(names.map(lambda n: {"resourceType": n, **minimal(n)}), st.just(RICH)),
    st.integers(0, 2**32),
)
def test_a_mutilated_resource_is_told_of_and_nothing_is_raised(resource, seed):
    wrong = mutilate(resource, random.Random(seed))  # noqa: S311
    issues = validate(wrong)
    assert all(issue.en and issue.zh for issue in issues)
    if accepts(wrong):
        assert careful(wrong) == []


@calm
@given(
    st.recursive(
        st.sampled_from(JUNK),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from([*KEYS, "name", "code"]), inner, max_size=3)
        ),
        max_leaves=8,
    ),
    names,
)
def test_any_shape_at_all_is_told_of(value, name):
    for wrong in (
        value,
        {"resourceType": name, "extension": value},
        {"resourceType": name, "contained": [value]},
    ):
        assert isinstance(validate(wrong), list)
        if accepts(wrong):
            assert careful(wrong) == []
