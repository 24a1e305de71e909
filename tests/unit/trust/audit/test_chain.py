"""Canonical bytes, hashes, ids: what rows are recognised by for ever."""

from __future__ import annotations

import hashlib

import pytest

from xinglin.trust.audit import Event, chain, heads, keys

EVENT = Event("read", request="r-1", account=7, actor="张", type="Patient", id="1", patients=(5,))


def test_the_bytes_of_a_row_never_change() -> None:
    entry = chain.canonical(1000, 3, 1_700_000_000_000_000, EVENT)
    assert entry.decode() == (
        '[1,1000,3,1700000000000000,["read",200,"","r-1",7,"张","",0,0,"","","",0,"Patient","1",'
        '"",[5],"",null,""]]'
    )
    row = chain.read(entry)
    assert (row.writer, row.seq, row.at, row.event) == (1000, 3, 1_700_000_000_000_000, EVENT)


def test_a_line_is_a_line() -> None:
    entry = chain.canonical(1, 1, 1, Event("read", query="a\nb\x00", note="\u2028"))
    assert b"\n" not in entry
    assert b"\x00" not in entry
    assert chain.read(entry).event.query == "a\nb\x00"


def test_a_segment_is_tied_to_the_one_before() -> None:
    first = chain.genesis(1000)
    assert first.hash != chain.genesis(1001).hash
    assert chain.following(first.hash, b"x") == hashlib.sha256(first.hash + b"x").digest()


@pytest.mark.parametrize(
    ("id_", "place"),
    [
        ("chain-1000-23", (1000, 23)),
        ("chain-1000", None),
        ("chain-x-1", None),
        ("from-pacs-1", None),
        ("chain-1-99999999999999999999", None),
    ],
)
def test_ids(id_: str, place: tuple[int, int] | None) -> None:
    assert chain.place_of(id_) == place
    if place:
        assert chain.id_of(*place) == id_


def test_what_a_head_tells_of_a_row_does_not_depend_on_its_place() -> None:
    one, other = chain.canonical(1000, 3, 9, EVENT), chain.canonical(1000, 4, 9, EVENT)
    assert heads.digest(one) == heads.digest(other)
    assert heads.digest(one) != heads.digest(chain.canonical(1000, 3, 10, EVENT))


def test_keys_tell_apart_what_they_are_about() -> None:
    found = keys.of([EVENT, Event("sign-in-failed", 401, account=7, home=5)])
    assert {5, keys.account(7), keys.home(5), keys.kind("sign-in-failed"), keys.ended(401)} < {
        *found
    }
    assert keys.entity("Patient", "1") in found
    assert keys.entity("Patient", "1") < 0
    assert keys.kind("read") not in found
    assert keys.ended(200) not in found
    assert keys.ended(404) == keys.ended(401)
