"""The 5,307 files of the official R4 package: all are valid, but for those that are listed.

`known_bad_examples.json` says of each such file what is wrong with it, place by place.
"""

import gzip
import json as plain
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from xinglin.fhir import definitions
from xinglin.fhir.json import decode, encode
from xinglin.fhir.structs import from_dict, to_dict
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


def test_every_example_goes_through_its_struct_unchanged(examples):
    changed = []
    for name, body in examples:
        resource = decode(body)
        again = to_dict(from_dict(resource))
        if again != resource or numbers(again) != numbers(resource):
            changed.append(name)
    assert changed == []


def numbers(value):
    """The lexical forms of all numbers, sorted, as a struct has an order of its own."""
    found = []
    nodes = [value]
    for node in nodes:
        inner = node.values() if isinstance(node, dict) else node
        nodes += [v for v in inner if isinstance(v, dict | list)]
        found += [str(v) for v in inner if not isinstance(v, dict | list | str | bool)]
    return sorted(found)


def test_the_shipped_tables_are_those_of_the_package(official_package, tmp_path):
    tool = Path(__file__).parents[3] / "tools" / "compile_definitions.py"
    subprocess.run([sys.executable, tool, official_package, tmp_path], check=True)
    for name in ("types.json.gz", "valuesets.json.gz"):
        made, shipped = (tmp_path / name).read_bytes(), definitions_file(name)
        assert gzip.decompress(made) == gzip.decompress(shipped)


def definitions_file(name):
    return (Path(definitions.__file__).parent / name).read_bytes()
