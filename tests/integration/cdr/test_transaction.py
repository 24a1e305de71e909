"""Transactions: order, links, all or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from xinglin.kernel.errors import (
    Gone,
    Invalid,
    Malformed,
    NotFound,
    PreconditionFailed,
    Refusal,
)

from .conftest import BASE, bundle, content, entry, observation, patient, plain

if TYPE_CHECKING:
    from xinglin.cdr.access import Access
    from xinglin.cdr.repository import Repository
    from xinglin.kernel.database import Database

P = "urn:uuid:11111111-1111-4111-8111-111111111111"
O = "urn:uuid:22222222-2222-4222-8222-222222222222"  # noqa: E741


async def send(repository: Repository, access: Access, *entries: Any, **more: Any) -> list[Any]:
    result = await repository.bundle(access, bundle(*entries), base=BASE, **more)
    answer = plain(result)
    assert answer["type"] == "transaction-response"
    return answer["entry"]


async def test_links_between_entries(repository: Repository, local: Access, db: Database):
    div = f'<div xmlns="http://www.w3.org/1999/xhtml"><a href="{P}">p</a></div>'
    answers = await send(
        repository,
        local,
        entry(
            "POST",
            "Observation",
            observation(
                P, text={"status": "generated", "div": div}, derivedFrom=[{"reference": O}]
            ),
            O,
        ),
        entry("POST", "Patient", patient(), P),
    )
    assert [a["response"]["status"] for a in answers] == ["201 Created", "201 Created"]
    location = answers[1]["response"]["location"]
    assert location.startswith(f"{BASE}/Patient/")
    assert location.endswith("/_history/1")
    assert answers[1]["response"]["etag"] == 'W/"1"'
    patient_name = location.removeprefix(f"{BASE}/").split("/_history")[0]
    observation_name = answers[0]["response"]["location"].removeprefix(f"{BASE}/").split("/_h")[0]
    stored = content(await repository.read(local, *observation_name.split("/")))
    assert stored["subject"]["reference"] == patient_name
    assert stored["derivedFrom"][0]["reference"] == observation_name
    assert f'href="{patient_name}"' in stored["text"]["div"]
    rid = await db.fetchval(
        "select rid from resource where type = (select min(type) from resource where id = $1)",
        patient_name.split("/")[1],
    )
    keys = await db.fetchval("select count(*) from key where k = $1", 2 << 51 | rid)
    assert keys == 2


@pytest.mark.shows("input:circular-urn-uuid")
async def test_circular_links(repository: Repository, local: Access):
    answers = await send(
        repository,
        local,
        entry("POST", "Patient", patient(link=[{"other": {"reference": O}, "type": "seealso"}]), P),
        entry("POST", "Patient", patient(link=[{"other": {"reference": P}, "type": "seealso"}]), O),
    )
    names = [a["response"]["location"].removeprefix(f"{BASE}/").split("/_h")[0] for a in answers]
    for name, other in (names, reversed(names)):
        stored = content(await repository.read(local, *name.split("/")))
        assert stored["link"][0]["other"]["reference"] == other


async def test_uris_are_links_and_strings_are_not(repository: Repository, local: Access):
    answers = await send(
        repository,
        local,
        entry(
            "POST", "Patient", patient(identifier=[{"system": "urn:ietf:rfc:3986", "value": P}]), P
        ),
        entry(
            "POST",
            "Observation",
            observation(
                P,
                extension=[
                    {"url": "http://e", "valueUri": P},
                    {"url": "http://e", "valueString": P},
                ],
            ),
        ),
    )
    names = [a["response"]["location"].removeprefix(f"{BASE}/").split("/_h")[0] for a in answers]
    first = content(await repository.read(local, *names[0].split("/")))
    second = content(await repository.read(local, *names[1].split("/")))
    assert first["identifier"][0]["value"] == P
    assert second["extension"][0]["valueUri"] == names[0]
    assert second["extension"][1]["valueString"] == P


async def test_relative_references_follow_the_full_url(repository: Repository, local: Access):
    answers = await send(
        repository,
        local,
        entry("POST", "Patient", patient(), "http://other.test/fhir/Patient/7"),
        entry(
            "POST", "Observation", observation("Patient/7"), "http://other.test/fhir/Observation/1"
        ),
    )
    names = [a["response"]["location"].removeprefix(f"{BASE}/").split("/_h")[0] for a in answers]
    stored = content(await repository.read(local, *names[1].split("/")))
    assert stored["subject"]["reference"] == names[0]


@pytest.mark.shows("interaction:transaction")
async def test_order_of_processing(repository: Repository, local: Access):
    await repository.update(local, "Patient", "gone", patient())
    await repository.update(local, "Patient", "kept", patient(gender="male"))
    answers = await send(
        repository,
        local,
        entry("GET", "Patient/kept"),
        entry("GET", "Patient/new/_history/1"),
        entry("PUT", "Patient/kept", patient(id="kept", gender="female")),
        entry("PUT", "Patient/new", patient(id="new")),
        entry("DELETE", "Patient/gone"),
        entry("DELETE", "Patient/never"),
        entry("GET", "Patient/kept/_history"),
    )
    assert [a["response"]["status"] for a in answers] == [
        "200 OK",
        "200 OK",
        "200 OK",
        "201 Created",
        "204 No Content",
        "204 No Content",
        "200 OK",
    ]
    assert answers[0]["resource"]["gender"] == "female"
    assert answers[1]["resource"]["id"] == "new"
    assert answers[6]["resource"]["total"] == 2
    assert "resource" not in answers[2]
    with pytest.raises(Gone):
        await repository.read(local, "Patient", "gone")


async def test_preferences(repository: Repository, local: Access):
    full = await send(
        repository, local, entry("POST", "Patient", patient()), prefer="representation"
    )
    assert full[0]["resource"]["meta"]["versionId"] == "1"
    told = await send(
        repository, local, entry("POST", "Patient", patient()), prefer="OperationOutcome"
    )
    assert told[0]["response"]["outcome"]["resourceType"] == "OperationOutcome"
    least = await send(repository, local, entry("POST", "Patient", patient()), prefer="minimal")
    assert "resource" not in least[0]


@pytest.mark.shows("interaction:transaction:all-or-nothing")
async def test_all_or_nothing(repository: Repository, local: Access, db: Database):
    await repository.update(local, "Patient", "there", patient())
    with pytest.raises(PreconditionFailed) as refused:
        await send(
            repository,
            local,
            entry("POST", "Patient", patient()),
            entry("DELETE", "Patient/there"),
            entry("PUT", "Patient/other", patient(id="other"), ifMatch='W/"3"'),
        )
    assert refused.value.issues[0].expression == ("Bundle.entry[2]",)
    with pytest.raises(NotFound):
        await send(
            repository, local, entry("POST", "Patient", patient()), entry("GET", "Patient/absent")
        )
    assert await db.fetchval("select count(*) from resource where ver > 0") == 1
    assert await db.fetchval("select count(*) from change") == 1


async def test_all_issues_at_once_with_their_entries(repository: Repository, local: Access):
    with pytest.raises(Invalid) as refused:
        await send(
            repository,
            local,
            entry("POST", "Patient", patient(gender="m")),
            entry("POST", "Observation", observation("Patient/1", status="great")),
        )
    assert {e for issue in refused.value.issues for e in issue.expression} == {
        "Bundle.entry[0].resource.gender",
        "Bundle.entry[1].resource.status",
    }


@pytest.mark.parametrize(
    "entries",
    [
        [entry("PUT", "Patient/a", patient(id="a")), entry("PUT", "Patient/a", patient(id="a"))],
        [entry("PUT", "Patient/a", patient(id="a")), entry("DELETE", "Patient/a")],
        [entry("PUT", "Patient/a", patient(id="b"))],
        [entry("PUT", "Patient/a b", patient(id="a b"))],
        [entry("PUT", "Patient", patient(id="a"))],
        [entry("PUT", "Patient/a/b", patient(id="a"))],
        [entry("PUT", "Patient/a", {"resourceType": "Group"})],
        [entry("PUT", "Patient/a")],
        [entry("POST", "Patient/a", patient())],
        [entry("POST", "Patience", {"resourceType": "Patience"})],
        [entry("POST", "", bundle())],
        [entry("POST", "Patient/$validate", patient())],
        [entry("POST", "Patient", {})],
        [entry("POST", "Patient", observation(P))],
        [entry("POST", "Observation", observation(P))],
        [entry("POST", "Observation", observation("Nothing?identifier=1"))],
        [entry("POST", "Observation", observation("Patient?"))],
        [entry("PATCH", "Patient/a", {"resourceType": "Binary", "contentType": "text/plain"})],
        [
            entry(
                "PATCH",
                "Patient/a",
                {
                    "resourceType": "Binary",
                    "contentType": "application/json-patch+json",
                    "data": "!",
                },
            )
        ],
        [entry("POST", "Patient", patient(), ifNoneExist="")],
        [entry("POST", "Patient", "text")],
        [entry("FETCH", "Patient/1")],
        [entry("DELETE", "Patient/a", ifMatch="3")],
        [entry("GET", "Patient/a/b/c/d")],
        [{"resource": patient()}],
        ["text"],
        "text",
        None,
        [None],
    ],
)
async def test_bad_entries_are_refused(still: Repository, local: Access, entries: Any):
    sent = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    with pytest.raises(Refusal) as refused:
        await still.bundle(local, sent, base=BASE)
    assert 400 <= refused.value.status < 500
    assert refused.value.issues
    written = await still.context.db.fetchval("select count(*) from resource where ver > 0")
    assert written == 0


@pytest.mark.parametrize("type_", ["history", "document", "", None, 3])
async def test_other_bundles_are_refused(still: Repository, local: Access, type_: Any):
    with pytest.raises(Malformed):
        await still.bundle(local, {"resourceType": "Bundle", "type": type_}, base=BASE)


async def test_an_empty_transaction(still: Repository, local: Access):
    result = await still.bundle(local, {"resourceType": "Bundle", "type": "transaction"}, base=BASE)
    assert plain(result) == {"resourceType": "Bundle", "type": "transaction-response"}


async def test_a_batch_does_each_entry_by_itself(repository: Repository, local: Access):
    sent = bundle(
        entry("POST", "Patient", patient()),
        entry("POST", "Patient", patient(gender="m")),
        entry("PUT", "Patient/p", patient(id="p")),
        entry("GET", "Patient/p"),
        entry("GET", "Patient/absent"),
        entry("DELETE", "Patient/p"),
        entry("GET", "Patient/p"),
        entry("POST", "/", bundle(entry("POST", "Patient", patient()))),
        type_="batch",
    )
    answer = plain(await repository.bundle(local, sent, base=BASE, lang="zh"))
    assert answer["type"] == "batch-response"
    assert [e["response"]["status"][:3] for e in answer["entry"]] == [
        "201",
        "422",
        "201",
        "200",
        "404",
        "204",
        "410",
        "200",
    ]
    outcome = answer["entry"][1]["response"]["outcome"]
    assert outcome["issue"][0]["expression"] == ["Bundle.entry[1].resource.gender"]
    assert answer["entry"][7]["resource"]["type"] == "transaction-response"


async def test_reads_of_what_the_reader_has(repository: Repository, local: Access):
    await repository.update(local, "Patient", "p", patient())
    answers = await send(
        repository,
        local,
        entry("GET", "Patient/p", ifNoneMatch='W/"1"'),
        entry("GET", "Patient/p", ifNoneMatch='W/"2"'),
        entry("GET", "Patient/p", ifModifiedSince="2026-03-01T08:30:16Z"),
        entry("GET", "Patient/p", ifModifiedSince="2026-03-01T08:30:14Z"),
    )
    assert [a["response"]["status"][:3] for a in answers] == ["304", "200", "304", "200"]
    assert ["resource" in a for a in answers] == [False, True, False, True]


async def test_searches_see_what_was_written(repository: Repository, local: Access):
    answers = await send(
        repository,
        local,
        entry("GET", "Patient?identifier=http://s|1"),
        entry("POST", "Patient", patient(identifier=[{"system": "http://s", "value": "1"}])),
    )
    assert len(answers[0]["resource"]["entry"]) == 1


async def test_what_was_undone_is_not_remembered(
    repository: Repository, local: Access, db: Database
):
    """Numbers seen in a transaction that fails belong to nobody afterwards."""
    with pytest.raises(NotFound):
        await send(
            repository,
            local,
            entry("PUT", "Patient/p", patient(id="p")),
            entry("POST", "Observation", observation("Patient/p")),
            entry("GET", "Observation?subject=Patient/p"),
            entry("GET", "Patient/absent"),
        )
    assert await db.fetchval("select count(*) from resource") == 0
    await repository.update(local, "Patient", "other", patient())
    await repository.update(local, "Patient", "p", patient())
    await repository.update(local, "Observation", "o", observation("Patient/p"))
    answers = await send(repository, local, entry("GET", "Observation?subject=Patient/p"))
    assert len(answers[0]["resource"]["entry"]) == 1


async def test_existence_of_targets_is_checked_where_asked(
    repository: Repository, local: Access, db: Database
):
    repository.context.check_references = True
    with pytest.raises(Invalid) as refused:
        await repository.create(local, "Observation", observation("Patient/p"))
    assert "Patient/p" in refused.value.issues[0].en
    await repository.update(local, "Patient", "p", patient())
    assert (await repository.create(local, "Observation", observation("Patient/p"))).status == 201
    answers = await send(
        repository,
        local,
        entry("POST", "Observation", observation("Patient/q")),
        entry("PUT", "Patient/q", patient(id="q")),
    )
    assert answers[0]["response"]["status"] == "201 Created"
    with pytest.raises(Invalid):
        await send(
            repository,
            local,
            entry("POST", "Observation", observation("Patient/p")),
            entry("DELETE", "Patient/p"),
        )
    await repository.delete(local, "Patient", "p")
    with pytest.raises(Invalid):
        await repository.create(local, "Observation", observation("Patient/p"))
