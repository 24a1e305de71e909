"""Accounts looked after: by whom, how far, and no further."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest_asyncio

from xinglin.cdr.access import Access
from xinglin.trust.identity import issue

from .conftest import PASSWORD, Browser, Employ

if TYPE_CHECKING:
    from xinglin.cdr.repository import Repository
    from xinglin.kernel.database import Database
    from xinglin.trust.identity import Desk

Browsers = Callable[..., Browser]


@pytest_asyncio.fixture
async def campuses(repository: Repository, db: Database) -> dict[str, int]:
    for id_ in ("east", "west"):
        organization = {"resourceType": "Organization", "name": id_}
        await repository.update(Access.local(), "Organization", id_, organization)
    practitioner = {"resourceType": "Practitioner", "name": [{"text": "李护士"}]}
    await repository.update(Access.local(), "Practitioner", "li", practitioner)
    rows = await db.fetch("select id, rid from resource where id in ('east', 'west')")
    return {row["id"]: row["rid"] for row in rows}


async def administrator(
    browser: Browsers, employ: Employ, role: str, organization: int | None = None
) -> Browser:
    await employ(role, role, organization=organization)
    page = browser()
    await page.sign_in(role)
    return page


async def made(page: Browser, user: str, **more: Any) -> dict[str, Any]:
    answer = await page.post("accounts", user=user, **more)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_from_a_new_account_to_the_first_sign_in(
    browser: Browsers, employ: Employ, campuses: dict[str, int]
):
    page = await administrator(browser, employ, "group-administrator")
    account = await made(
        page, "Li.Na", name={"zh": "李娜", "en": "Li Na"}, practitioner="Practitioner/li"
    )
    assert account["practitioner"] == "Practitioner/li"
    assert account["password"] is False
    assert (await page.post("accounts", user="li.NA")).status_code == 409
    given = await page.post(
        f"accounts/{account['id']}/positions", role="nurse", organization="Organization/east"
    )
    assert given.status_code == 201
    assert given.json()[0]["organization"] == {"reference": "Organization/east", "name": "east"}
    link = account["link"].partition("#link=")[2]
    fresh = browser()
    for new, status in (("short", 422), ("quiet-otter-sings-7", 204), ("other-otter-hums-8", 404)):
        assert (await fresh.post("password", link=link, new=new)).status_code == status
    told = await fresh.sign_in("li.na", "quiet-otter-sings-7")
    assert told["account"]["name"] == {"zh": "李娜", "en": "Li Na"}
    assert told["position"]["organization"]["reference"] == "Organization/east"
    found = (await page.get("accounts?q=李")).json()
    assert [one["user"] for one in found] == ["Li.Na"]
    assert found[0]["lastSignIn"]


async def test_closing_and_resetting_ends_what_is_open(browser: Browsers, employ: Employ):
    number = await employ("li")
    page = await administrator(browser, employ, "group-administrator")
    nurse = browser()
    await nurse.sign_in()
    closed = await page.send("PATCH", f"accounts/{number}", {"active": False})
    assert closed.json()["active"] is False
    assert (await nurse.get("session")).json()["signedIn"] is False
    assert (await nurse.post("sign-in", user="li", password=PASSWORD)).status_code == 401
    opened = await page.send("PATCH", f"accounts/{number}", {"unlock": True})
    assert opened.json()["active"] is True
    await nurse.sign_in()
    reset = await page.send("PATCH", f"accounts/{number}", {"reset": True})
    assert "#link=" in reset.json()["link"]
    assert (await nurse.get("session")).json()["signedIn"] is False


async def test_others_do_not_look_after_accounts(browser: Browsers, employ: Employ, li: int):
    for role in ("nurse", "auditor", "head-of-department", "patient", "registration"):
        page = await administrator(browser, employ, role)
        assert (await page.get("accounts")).status_code == 403
        assert (await page.post("accounts", user="x")).status_code == 403
        assert (await page.send("PATCH", f"accounts/{li}", {"reset": True})).status_code == 403
        assert (await page.get("roles")).status_code == 200
    nobody = browser()
    assert (await nobody.get("accounts")).status_code == 401
    assert (await nobody.get("roles")).status_code == 401


async def test_a_campus_administrator_stays_in_the_campus(
    browser: Browsers, employ: Employ, campuses: dict[str, int]
):
    east, west = campuses["east"], campuses["west"]
    mine = await employ("mine", organization=east)
    foreign = await employ("foreign", organization=west)
    auditor = await employ("auditor", "auditor", organization=east)
    page = await administrator(browser, employ, "campus-administrator", east)
    listed = [one["user"] for one in (await page.get("accounts")).json()]
    assert "mine" in listed
    assert "foreign" not in listed
    assert (await page.get(f"accounts/{foreign}")).status_code == 404
    for number, status in ((mine, 200), (foreign, 404), (auditor, 403)):
        answer = await page.send("PATCH", f"accounts/{number}", {"name": {"zh": "新"}})
        assert answer.status_code == status, answer.text
    for role, where, status in (
        ("nurse", "Organization/east", 201),
        ("nurse", "Organization/west", 403),
        ("nurse", None, 403),
        ("campus-administrator", "Organization/east", 403),
        ("group-administrator", None, 403),
        ("operator", None, 403),
        ("auditor", "Organization/east", 403),
        ("emperor", "Organization/east", 422),
        ("nurse", "Organization/none", 422),
        ("nurse", "Practitioner/li", 422),
    ):
        answer = await page.post(f"accounts/{mine}/positions", role=role, organization=where)
        assert answer.status_code == status, (role, where, answer.text)


async def test_nobody_raises_oneself(browser: Browsers, employ: Employ, db: Database):
    page = await administrator(browser, employ, "group-administrator")
    own = await db.fetchval("select id from account where name = 'group-administrator'")
    operator = await db.fetchval("select id from account where name = 'admin'")
    assert (await page.post(f"accounts/{own}/positions", role="auditor")).status_code == 403
    for number in (own, operator):
        assert (await page.send("PATCH", f"accounts/{number}", {"reset": True})).status_code == 403
    position = await db.fetchval("select id from position where account = $1", operator)
    answer = await page.send("DELETE", f"accounts/{operator}/positions/{position}")
    assert answer.status_code == 403


async def test_a_position_ends(browser: Browsers, employ: Employ, li: int, db: Database):
    page = await administrator(browser, employ, "group-administrator")
    nurse = browser()
    position = (await nurse.sign_in())["position"]["id"]
    assert (await page.send("DELETE", f"accounts/{li}/positions/{position}")).status_code == 204
    assert (await page.send("DELETE", f"accounts/{li}/positions/{position}")).status_code == 404
    assert (await nurse.get("session")).json()["position"] is None
    assert len((await page.get(f"accounts/{li}/positions")).json()) == 1


async def test_a_token_without_scopes_administers(browser: Browsers, desk: Desk, li: int):
    page = browser()
    token = await issue(desk.db, "admin", desk.clock.now())
    headers = {"authorization": f"Bearer {token}"}
    assert (await page.http.get("accounts", headers=headers)).status_code == 200
    made = await page.http.post("accounts", json={"user": "new"}, headers=headers)
    assert made.status_code == 201
    bad = {"authorization": "Bearer nonsense"}
    assert (await page.http.get("accounts", headers=bad)).status_code == 401
