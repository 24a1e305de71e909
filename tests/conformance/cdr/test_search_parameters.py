"""Every R4 search parameter, asked of official examples of every type.

What an example has a value for is found by it; what it has none for is missing; every parameter
that can be sorted by puts all of a type in some order.
"""

from __future__ import annotations

import json
import tarfile
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
import pytest_asyncio
from tests.support.shelf import Shelf

from xinglin.fhir.json import decode

if TYPE_CHECKING:
    from pathlib import Path

    from xinglin.kernel.database import Database

EACH = 2
LARGEST = 40_000
Resource = dict[str, Any]


@pytest.fixture(scope="module")
def examples(official_package: Path) -> list[Resource]:
    """A few small examples of every type."""
    found: dict[tuple[str, str], Resource] = {}
    counts: Counter[str] = Counter()
    with tarfile.open(official_package) as archive:
        members = sorted(archive, key=lambda member: member.name)
        for member in members:
            file = archive.extractfile(member) if member.name.endswith(".json") else None
            if file is None or member.size > LARGEST:
                continue
            body = json.loads(file.read())
            name = (body.get("resourceType", ""), body.get("id", ""))
            if all(name) and counts[name[0]] < EACH:
                counts[name[0]] += 1
                found[name] = body
    return list(found.values())


@pytest_asyncio.fixture(scope="module")
async def shelf(module_db: Database, examples: list[Resource]) -> Shelf:
    shelf = Shelf(module_db)
    await shelf.put(examples)
    await shelf.reserve()
    return shelf


@pytest.mark.shows("search:every-parameter")
async def test_presence_of_every_parameter(shelf: Shelf) -> None:
    wrong: list[str] = []
    asked = 0
    for row in await shelf.db.fetch("select type, id, present from resource where ver > 0"):
        type_ = shelf.registry.type_name(row["type"])
        for code, param in shelf.registry.for_type(type_).items():
            if param.bit < 0:
                continue
            asked += 1
            there = bool(row["present"] >> param.bit & 1)
            url = f"{type_}?_id={row['id']}&{code}:missing=false"
            if await shelf.ids(url, strict=True) != [row["id"]] * there:
                wrong.append(url)
    assert asked > 2000
    assert wrong == []


@pytest.mark.shows("search:every-parameter")
async def test_every_code_finds_what_has_it(shelf: Shelf, examples: list[Resource]) -> None:
    wrong: list[str] = []
    asked = 0
    for example in examples:
        resource = decode(json.dumps(example).encode())
        for coding in shelf.indexer.extract(resource, shelf.rid).coding:
            param = shelf.registry.by_id(coding.param)
            if param is None or not coding.code or param.kind not in {"token", "uri"}:
                continue
            for value in {escape(coding.code), with_system(coding.system, coding.code)}:
                url = f"{example['resourceType']}?{param.code}={quote(value)}&_count=1000"
                asked += 1
                if example["id"] not in await shelf.ids(url, strict=True):
                    wrong.append(url)
    assert asked > 1000
    assert wrong == []


@pytest.mark.shows("search:every-parameter")
async def test_every_parameter_sorts_everything(shelf: Shelf, examples: list[Resource]) -> None:
    wrong: list[str] = []
    for type_ in sorted({example["resourceType"] for example in examples}):
        everything = sorted(await shelf.ids(f"{type_}?_count=1000"))
        for code, param in shelf.registry.for_type(type_).items():
            if param.kind in {"composite", "special"}:
                continue
            url = f"{type_}?_sort=-{code},_id&_count=1000"
            if sorted(await shelf.ids(url, strict=True)) != everything:
                wrong.append(url)
    assert wrong == []


def escape(text: str) -> str:
    for mark in "\\,|$":
        text = text.replace(mark, f"\\{mark}")
    return text


def with_system(system: str, code: str) -> str:
    return f"{escape(system)}|{escape(code)}" if system else escape(code)
