"""Any JSON object is read and written back unchanged; any other bytes are refused, nothing else."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xinglin.fhir.json import decode, encode
from xinglin.kernel.errors import Refusal

text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
number = st.from_regex(r"\A-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?\Z")
scalar = st.one_of(number, st.sampled_from(["true", "false", "null"]), text.map(json.dumps))
# Two cores are shared: a slow moment of the machine is no failure.
calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)


def composed(children):
    array = st.lists(children, max_size=4).map(lambda items: "[" + ",".join(items) + "]")
    return array | an_object(children)


def an_object(children):
    return st.dictionaries(text, children, max_size=4).map(
        lambda items: "{" + ",".join(f"{json.dumps(k)}:{v}" for k, v in items.items()) + "}"
    )


@calm
@given(an_object(st.recursive(scalar, composed, max_leaves=12)))
def test_every_object_comes_back_as_it_was(source):
    written = encode(decode(source.encode()))
    assert json.loads(written, parse_float=str, parse_int=str) == json.loads(
        source, parse_float=str, parse_int=str
    )
    assert encode(decode(written)) == written


@calm
@given(st.binary(max_size=200) | st.text('{}[]",:\\u0dD8-eE.1 \x00N', max_size=60).map(str.encode))
def test_anything_else_is_refused_and_nothing_worse(body):
    try:
        value = decode(body)
    except Refusal as refusal:
        outcome = refusal.issues[0].en
    else:
        outcome = value
    assert isinstance(outcome, str | dict)
