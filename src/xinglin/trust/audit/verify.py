"""Whether the audit trail is what was written: every row, every chain, against its signed heads.

docs/adr/0010-audit.md. What is found is named by chain and row; what no head covers is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from . import chain, heads, queries
from . import keys as keys_of
from .compare import Compared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from .heads import Head
    from .model import Row
    from .queries import Source

Wrong = Literal["edited", "deleted", "reordered", "inserted", "rehashed", "forged-head"]


class Finding(msgspec.Struct, frozen=True):
    """One thing that is wrong: rows ``first`` to ``last`` of a chain."""

    writer: int
    first: int
    last: int
    wrong: Wrong
    en: str
    zh: str


class Chain(msgspec.Struct, frozen=True):
    """A chain as it is: up to which row and when it is anchored, and the rows after that."""

    writer: int
    rows: int
    last: int
    anchored: int
    anchored_at: str
    open: int


class Report(msgspec.Struct, frozen=True):
    """What verification found; no findings: nothing that a head covers was tampered with."""

    chains: tuple[Chain, ...]
    findings: tuple[Finding, ...]

    @property
    def fine(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


async def verify(
    source: Source,
    told: Iterable[Head | bytes],
    keys: Mapping[str, Ed25519PublicKey],
    progress: Callable[[int], Any] = lambda _: None,
) -> Report:
    """Walk every chain; ``told`` are the heads of all files, witnesses' included."""
    by_writer, findings = _sorted(told, dict(keys))
    chains: list[Chain] = []
    for writer in sorted({*await queries.writers(source), *by_writer}):
        walk = Walk(writer, by_writer.get(writer, []))
        after = 0
        while rows := await queries.segments_of(source, writer, after):
            for row in rows:
                walk.segment(row)
            after = rows[-1]["seq"]
            progress(rows[-1]["seq"] - rows[0]["first"] + 1)
        findings += walk.end()
        chains.append(walk.summary())
    return Report(tuple(chains), tuple(findings))


def _sorted(
    told: Iterable[Head | bytes], keys: dict[str, Ed25519PublicKey]
) -> tuple[dict[int, list[Head]], list[Finding]]:
    found: dict[int, list[Head]] = {}
    findings: list[Finding] = []
    for head in told:
        if isinstance(head, bytes):
            if head.endswith(b"\n"):  # the last line may be in the making
                findings.append(_forged(0, 0, f"{head[:40]!r}"))
        elif not heads.genuine(head, keys):
            findings.append(_forged(head.writer, head.seq, head.at))
        else:
            found.setdefault(head.writer, []).append(head)
    for several in found.values():
        several.sort(key=lambda head: (head.seq, head.at))
    return found, findings


def _forged(writer: int, seq: int, what: str) -> Finding:
    return Finding(
        writer,
        seq,
        seq,
        "forged-head",
        f"chain {writer}: a head in the files is not signed by a known key ({what})",
        f"链 {writer}：文件中有一条链头签名无效或密钥未知（{what}）",
    )


class Walk:
    """One chain, segment by segment, with its heads beside it."""

    def __init__(self, writer: int, told: list[Head]) -> None:
        self.writer = writer
        self._heads = told
        self._next = 0
        self._link = chain.genesis(writer)
        self._rows = 0
        self._before: list[int] = []  # rows of the segment before that are not as told
        self._compared = Compared(told)
        self._findings: list[Finding] = []
        self._anchored: Head | None = None

    def segment(self, row: Any) -> None:
        """The next row of the table."""
        first, seq = row["first"], row["seq"]
        if first != self._link.seq + 1:
            self._missing(self._link.seq + 1, first - 1)
            self._compared.gap(self._link.seq + 1, first - 1)
            self._link = self._bridge(first)
        lines = row["entries"].encode().split(b"\n")
        fits = chain.following(self._link.hash, row["entries"].encode()) == row["hash"]
        told = [(n, heads.digest(line)) for n, line in enumerate(lines, first)]
        changed = [n for n, digest in told if self._compared.untouched(n, digest) is False]
        self._look(row, lines, fits=fits or not self._link.hash, changed=changed)
        for place, digest in told:
            self._compared.row(place, digest)
        self._before = changed
        self._link = chain.Link(seq, row["hash"])
        self._rows += len(lines)
        self._at_heads()

    def _bridge(self, first: int) -> chain.Link:
        """Behind a gap the hash of what is missing is not known, unless a head tells it."""
        for head in self._heads:
            if head.seq == first - 1:
                return chain.Link(head.seq, bytes.fromhex(head.hash))
        return chain.Link(first - 1, b"")

    def _look(self, row: Any, lines: list[bytes], *, fits: bool, changed: list[int]) -> None:
        first, seq = row["first"], row["seq"]
        read: list[Row] = []
        for place, line in enumerate(lines, first):
            try:
                read.append(chain.read(line))
            except msgspec.DecodeError:
                self._edited(place, place, "entry")
                return
        places = [one.seq for one in read]
        if any(one.writer != self.writer for one in read) or places != list(range(first, seq + 1)):
            self._moved(first, seq, places)
        elif not fits:
            # A segment edited together with its own hash is found out by the one after it.
            for place in changed or self._before:
                self._edited(place, place, "entry")
            if not changed and not self._before:
                self._edited(first, seq, "entry or hash")
        elif (row["at"], row["keys"]) != (
            queries.instant(read[0].at),
            keys_of.of(one.event for one in read),
        ) or any(one.at != read[0].at for one in read):
            self._edited(first, seq, "a column beside the entries")

    def _moved(self, first: int, seq: int, places: list[int]) -> None:
        gone = sorted(set(range(first, seq + 1)) - set(places))
        if gone and set(places) < set(range(first, seq + 1)) and places == sorted(places):
            for place in gone:
                self._missing(place, place)
                self._compared.gap(place, place)
            return
        was = f"{min(places)} to {max(places)}"
        en, zh = (
            f"hold what was written as rows {was}",
            f"内容原为第 {min(places)} 至 {max(places)} 行",
        )
        self._findings.append(self._finding(first, seq, "reordered", en, zh))

    def _edited(self, first: int, last: int, what: str) -> None:
        told = self._finding(first, last, "edited", f"was edited ({what})", f"被修改（{what}）")
        self._findings.append(told)

    def _missing(self, first: int, last: int) -> None:
        self._findings.append(self._finding(first, last, "deleted", "was deleted", "被删除"))

    def _at_heads(self) -> None:
        while self._next < len(self._heads) and self._heads[self._next].seq <= self._link.seq:
            head = self._heads[self._next]
            self._next += 1
            if head.seq == self._link.seq and head.hash == self._link.hash.hex():
                self._anchored = head
                self._compared.agreed(head.seq)
            elif head.seq == self._link.seq or self._compared.knows(head.seq):
                # Rows of a head that is inside a segment were put together anew.
                self._compared.differed(head.seq)

    def end(self) -> list[Finding]:
        """All that is wrong with the chain."""
        last = max((head.seq for head in self._heads), default=0)
        if last > self._link.seq:
            self._compared.differed(last)
        found = self._compared.found()
        if last > self._link.seq and not found:
            self._missing(self._link.seq + 1, last)
        self._findings += [self._finding(*difference) for difference in found]
        self._findings += [
            self._finding(first, upto, "inserted", en, zh) for first, upto, en, zh in self._beyond()
        ]
        return self._findings

    def _beyond(self) -> list[tuple[int, int, str, str]]:
        """Rows that came while nobody wrote: after a stop, before the next start."""
        found: list[tuple[int, int, str, str]] = []
        told = sorted(self._heads, key=lambda head: head.at)
        for stop, then in zip(told, [*told[1:], None], strict=True):
            upto = then.seq if then else self._link.seq
            if stop.state == "stop" and upto > stop.seq and (not then or then.state == "start"):
                found.append((stop.seq + 1, upto, *_FORGED_WHILE))
            if stop.state == "closed" and self._link.seq > stop.seq:
                found.append((stop.seq + 1, self._link.seq, *_FORGED_CLOSED))
        return found

    def _finding(self, first: int, last: int, wrong: Wrong, en: str, zh: str) -> Finding:
        rows = f"row {first}" if first == last else f"rows {first} to {last}"
        zhs = f"第 {first} 行" if first == last else f"第 {first} 至 {last} 行"
        return Finding(
            self.writer,
            first,
            last,
            wrong,
            f"chain {self.writer}, {rows}: {en}",
            f"链 {self.writer}，{zhs}：{zh}",
        )

    def summary(self) -> Chain:
        """The chain as it is."""
        head = self._anchored
        anchored = head.seq if head else 0
        return Chain(
            self.writer,
            self._rows,
            self._link.seq,
            anchored,
            head.at if head else "",
            max(self._link.seq - anchored, 0),
        )


_FORGED_WHILE = ("was inserted while no process wrote this chain", "在无进程写入本链时被插入")
_FORGED_CLOSED = (
    "was inserted by somebody else; the platform left this chain then",
    "由他人插入；平台当时已弃用本链",
)
