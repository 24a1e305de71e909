"""Files of bulk jobs: pieces of whole lines, types split without decoding, jobs as folders."""

from __future__ import annotations

import gzip
import os
from typing import TYPE_CHECKING

import pytest

from xinglin.cdr.access import Access
from xinglin.cdr.bulk.jobs import Jobs, Status
from xinglin.cdr.bulk.pieces import cut
from xinglin.cdr.bulk.rows import Splitter
from xinglin.kernel.errors import NotFound

if TYPE_CHECKING:
    from pathlib import Path

LOCAL = Access.local()


@pytest.mark.parametrize("size", [1, 7, 20, 64, 1000])
@pytest.mark.parametrize("end", [b"\n", b""])
def test_pieces_are_whole_lines_and_all_of_them(tmp_path: Path, size: int, end: bytes) -> None:
    lines = [b"x" * n for n in (3, 0, 40, 1, 19, 20, 21)]
    path = tmp_path / "a.ndjson"
    path.write_bytes(b"\n".join(lines) + end)
    pieces = cut(path, size)
    found = [line.rstrip(b"\n") for piece in pieces for line in piece.lines()]
    assert found == lines
    assert len(pieces) <= len(lines)


def test_a_packed_file_is_one_piece(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson.gz"
    path.write_bytes(gzip.compress(b"1\n2\n" * 1000))
    (piece,) = cut(path, 10)
    assert len(list(piece.lines())) == 2000


@pytest.mark.parametrize("step", [1, 3, 1000])
def test_the_splitter_does_not_care_where_chunks_end(step: int) -> None:
    written: dict[int, bytes] = {}
    counts: dict[int, int] = {}

    def write(number: int, lines: bytes, count: int) -> None:
        written[number] = written.get(number, b"") + lines
        counts[number] = counts.get(number, 0) + count

    stream = b"1\x02{a}\n2\x02{b}\n1\x02{c}\n"
    splitter = Splitter(write)
    for start in range(0, len(stream), step):
        splitter.feed(stream[start : start + step])
    assert written == {1: b"{a}\n{c}\n", 2: b"{b}\n"}
    assert counts == {1: 2, 2: 1}
    assert splitter.count == 3


def test_a_job_has_one_owner_at_a_time_and_can_be_cancelled(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path)
    job = jobs.create(b"{}", LOCAL)
    assert [one.id for one in jobs.unfinished()] == [job.id]
    with job.owned() as mine, jobs.find(job.id, LOCAL).owned() as other:
        assert (mine, other) == (True, False)
    job.set_status(Status("done", manifest={}))
    assert jobs.unfinished() == []
    jobs.find(job.id, LOCAL).cancel()
    with pytest.raises(NotFound):
        jobs.find(job.id, LOCAL)
    assert not job.folder.exists()


def test_results_are_for_whoever_asked_for_them(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path)
    mine = Access("a", account=7, position=1)
    job = jobs.create(b"{}", mine)
    assert jobs.find(job.id, mine).id == jobs.find(job.id, LOCAL).id == job.id
    for other in (Access("a", account=7, position=2), Access("a", account=8, position=1)):
        with pytest.raises(NotFound):
            jobs.find(job.id, other)


def test_results_expire(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path)
    job = jobs.create(b"{}", LOCAL)
    jobs.sweep()
    assert job.folder.exists()
    os.utime(job.folder, (0, 0))
    jobs.sweep()
    assert not job.folder.exists()
