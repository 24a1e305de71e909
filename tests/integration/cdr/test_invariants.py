"""A site may ask that invariants hold on every write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from xinglin.cdr.invariants import hold_invariants
from xinglin.fhir import definitions
from xinglin.kernel.errors import Invalid, NotFound

from .conftest import BASE, bundle, entry, patient

if TYPE_CHECKING:
    from xinglin.cdr.access import Access
    from xinglin.cdr.repository import Repository

WRONG = patient(contact=[{"gender": "male"}])


@pytest.mark.shows("validation:invariants")
async def test_a_write_that_breaks_an_invariant_is_undone(
    repository: Repository, local: Access
) -> None:
    await repository.update(local, "Patient", "before", WRONG | {"id": "before"})
    repository.on_write(definitions.resource_types(), hold_invariants)
    with pytest.raises(Invalid) as refused:
        await repository.update(local, "Patient", "p", WRONG | {"id": "p"})
    assert refused.value.issues[0].expression == ("Patient.contact[0]",)
    good = entry("PUT", "Patient/q", patient(id="q"))
    bad = entry("PUT", "Patient/p", WRONG | {"id": "p"})
    with pytest.raises(Invalid):
        await repository.bundle(local, bundle(good, bad), base=BASE)
    for missing in ("p", "q"):
        with pytest.raises(NotFound):
            await repository.read(local, "Patient", missing)
    await repository.update(local, "Patient", "p", patient(id="p"))
    await repository.delete(local, "Patient", "before")
