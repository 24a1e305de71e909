"""A line for each entry of a batch, whatever was sent."""

from __future__ import annotations

from typing import Any

import pytest

from xinglin.trust.audit.entries import MOST, listed


def test_each_entry_with_its_answer() -> None:
    sent = {
        "type": "transaction",
        "entry": [
            {"request": {"method": "POST", "url": "Patient"}},
            {"request": {"method": "GET", "url": "Patient?name=x"}},
        ],
    }
    body = (
        b'{"entry":[{"response":{"status":"201 Created","location":"Patient/1/_history/1"}},'
        b'{"response":{"status":"200 OK"},"resource":{"resourceType":"Bundle"}}]}'
    )
    note, count = listed(sent, body, 200)
    assert note == "transaction of 2; POST Patient 201 Patient/1; GET Patient?name=x 200"
    assert count == 2


def test_one_that_was_refused_as_a_whole() -> None:
    sent = {"type": "transaction", "entry": [{"request": {"method": "PUT", "url": "Patient/1"}}]}
    assert listed(sent, b"{}", 412) == ("transaction of 1; PUT Patient/1", 1)


@pytest.mark.parametrize("entry", [None, "x", [1], [{}], [{"request": 5}], [None]])
def test_nonsense(entry: Any) -> None:
    note, _ = listed({"type": 5, "entry": entry}, b"nonsense", 200)
    assert note.startswith("5 of ")


def test_a_long_one_is_cut() -> None:
    many = [{"request": {"method": "GET", "url": "x"}}] * (MOST + 7)
    note, count = listed({"type": "batch", "entry": many}, b"{}", 200)
    assert note.endswith("and 7 more")
    assert count == MOST + 7
