"""Keys at rest: sealed, bound to their names, rotated, guarded by a passphrase."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from xinglin.kernel.errors import Conflict, Forbidden
from xinglin.kernel.keyring import Keyring, stretch

if TYPE_CHECKING:
    from pathlib import Path


def test_kept_and_found(tmp_path: Path):
    ring = Keyring(tmp_path / "keys")
    assert ring.get("one") is None
    assert ring.ensure("one", lambda: b"secret") == b"secret"
    assert ring.ensure("one", lambda: b"other") == b"secret"
    assert Keyring(tmp_path / "keys").get("one") == b"secret"
    assert ring.names() == ["one"]
    assert b"secret" not in (tmp_path / "keys" / "one.key").read_bytes()


def test_under_another_name_it_does_not_open(tmp_path: Path):
    ring = Keyring(tmp_path)
    ring.put("one", b"secret")
    (tmp_path / "one.key").rename(tmp_path / "two.key")
    with pytest.raises(Conflict):
        ring.get("two")


def test_a_changed_byte_does_not_open(tmp_path: Path):
    ring = Keyring(tmp_path)
    ring.put("one", b"secret")
    path = tmp_path / "one.key"
    raw = path.read_bytes()
    for place in (0, 5, 12, len(raw) - 1):
        path.write_bytes(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])
        with pytest.raises(Conflict):
            ring.get("one")


def test_rotation_is_seen_by_other_processes(tmp_path: Path):
    ring, other = Keyring(tmp_path), Keyring(tmp_path)
    ring.put("one", b"1")
    ring.put("two", b"2")
    assert other.get("one") == b"1"
    sealed = (tmp_path / "one.key").read_bytes()
    assert ring.rotate() == 2
    assert (tmp_path / "one.key").read_bytes()[:11] != sealed[:11]
    assert (other.get("one"), other.get("two")) == (b"1", b"2")
    (tmp_path / "one.key").write_bytes(sealed)  # the former master key is gone
    with pytest.raises(Conflict):
        ring.get("one")


def test_a_rotation_that_stopped_half_way(tmp_path: Path):
    ring = Keyring(tmp_path)
    for name in ("one", "two", "three"):
        ring.put(name, name.encode())

    class Stops(Keyring):
        def _write(self, name: str, content: bytes) -> None:
            if name == "two":
                raise KeyboardInterrupt
            super()._write(name, content)

    with pytest.raises(KeyboardInterrupt):
        Stops(tmp_path).rotate()
    assert [ring.get(name) for name in ring.names()] == [b"one", b"three", b"two"]
    assert ring.rotate() == 3
    assert [ring.get(name) for name in ring.names()] == [b"one", b"three", b"two"]


def test_a_passphrase(tmp_path: Path):
    ring = Keyring(tmp_path)
    ring.put("one", b"secret")
    assert ring.rotate("apricot") == 1
    assert Keyring(tmp_path, "apricot").get("one") == b"secret"
    for wrong in ("", "plum"):
        with pytest.raises(Forbidden):
            Keyring(tmp_path, wrong).get("one")


def test_a_master_key_elsewhere(tmp_path: Path):
    ring = Keyring(tmp_path / "keys", master=tmp_path / "mounted" / "master.key")
    ring.put("one", b"secret")
    assert not (tmp_path / "keys" / "master.key").exists()
    assert ring.names() == ["one"]
    assert ring.get("one") == b"secret"


def test_others_must_not_read_it(tmp_path: Path):
    ring = Keyring(tmp_path)
    ring.put("one", b"secret")
    assert (tmp_path / "master.key").stat().st_mode & 0o777 == 0o600
    (tmp_path / "master.key").chmod(0o640)
    with pytest.raises(Forbidden):
        Keyring(tmp_path).get("one")


@pytest.mark.parametrize("name", ["", "../x", "A", "master", "x/y"])
def test_names_are_plain(tmp_path: Path, name: str):
    with pytest.raises(ValueError, match="no name"):
        Keyring(tmp_path).get(name)


def test_stretching_depends_on_both():
    assert stretch("a", b"1" * 16) == stretch("a", b"1" * 16)
    assert len({stretch(a, s * 16) for a in ("a", "b") for s in (b"1", b"2")}) == 4
