"""The 5,307 files of the official R4 package: all are valid, but for those that are listed.

`known_bad_examples.json` says of each such file what is wrong with it, place by place.
"""

import json as plain
import tarfile
from pathlib import Path

import pytest

from xinglin.fhir.json import decode, encode
from xinglin.fhir.validation import validate

KNOWN_BAD = plain.loads((Path(__file__).parents[1] / "known_bad_examples.json").read_text())


@pytest.fixture(scope="module")
def examples(official_package):
    with tarfile.open(official_package) as archive:
        return [
            (name, file.read())
            for member in archive
            for name in [member.name.rpartition("/")[2]]
            if name.endswith(".json") and name not in ("package.json", ".index.json")
            for file in [archive.extractfile(member)]
            if file
        ]


def test_every_example_is_valid_or_known_to_be_wrong(examples):
    found = {}
    for name, body in examples:
        if issues := validate(decode(body)):
            found[name] = [issue.expression[0] for issue in issues]
    assert len(examples) == 5306
    assert found == {name: entry["places"] for name, entry in KNOWN_BAD.items()}


def test_every_example_is_written_as_it_was_read(examples):
    def lexical(body):
        return plain.loads(body, parse_float=str, parse_int=str)

    changed = [name for name, body in examples if lexical(encode(decode(body))) != lexical(body)]
    assert changed == []
