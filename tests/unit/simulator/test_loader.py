"""Loading: everything once, on after a stop, and never two worlds in one server.

https://hl7.org/fhir/R4/http.html#transaction
"""

import pytest

from xinglin.simulator import World, load


class Shelf:
    """A server that keeps what it is sent, and may fail after some bundles."""

    def __init__(self, fail_after=10**9):
        self.kept = {}
        self.sent = 0
        self.fail_after = fail_after

    async def send(self, bundle):
        self.sent += 1
        if self.sent > self.fail_after:
            raise ConnectionError("cut")
        for entry in bundle["entry"]:
            assert entry["request"]["method"] == "PUT"
            self.kept[entry["request"]["url"]] = entry["resource"]

    async def read(self, type_, id_):
        return self.kept.get(f"{type_}/{id_}")


async def test_loads_everything_and_reports():
    seen = []
    shelf = Shelf()
    world = World(1, patients=12)
    end = await load(shelf, world, report=seen.append)
    assert (end.done, end.of) == (12, 12)
    assert [p.done for p in seen][-1] == 12
    for number in range(12):
        for resource in world.resources(number):
            assert f"{resource['resourceType']}/{resource['id']}" in shelf.kept


async def test_goes_on_where_it_stopped():
    world = World(1, patients=130)
    shelf = Shelf(fail_after=90)
    with pytest.raises(ExceptionGroup):
        await load(shelf, world, patience=())
    shelf.fail_after = 10**9
    before = shelf.sent
    await load(shelf, world, patience=())
    assert sum(1 for url in shelf.kept if url.startswith("Patient/s1p")) >= 130
    assert shelf.sent - before < 130, "what was there is not sent again"
    again = shelf.sent
    await load(shelf, world, patience=())
    assert shelf.sent == again, "a loaded world costs one read"


async def test_two_worlds_do_not_mix():
    shelf = Shelf()
    await load(shelf, World(1, patients=60))
    with pytest.raises(ValueError, match="empty data directory"):
        await load(shelf, World(2, patients=60))


async def test_a_larger_world_of_the_same_seed_is_added_to():
    shelf = Shelf()
    await load(shelf, World(1, patients=60))
    end = await load(shelf, World(1, patients=70))
    assert end.done == 70


async def test_a_bundle_that_fails_is_sent_again():
    class Shaky(Shelf):
        async def send(self, bundle):
            if self.sent % 3 == 1:
                self.sent += 1
                raise ConnectionError("restarting")
            await super().send(bundle)

    shelf = Shaky()
    end = await load(shelf, World(1, patients=9), patience=(0.0,))
    assert end.done == 9
