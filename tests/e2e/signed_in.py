"""Accounts of the browser tests: made through /auth by the local administrator, signed in by cookie.

docs/howto/accounts.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

PASSWORD = "apricot grove in spring 42"
CAMPUS = "Organization/xg-lh"
PRACTITIONER = "e2e-doctor"
PEOPLE: dict[str, dict[str, Any]] = {
    "operator": {"zh": "欧阳运维", "en": "Oscar Operator"},
    "group-administrator": {"zh": "陈静", "en": "Chen Jing"},
    "registration": {"zh": "周文博", "en": "Zhou Wenbo", "organization": CAMPUS},
    "ward-doctor": {
        "zh": "王建国",
        "en": "Wang Jianguo",
        "organization": CAMPUS,
        "units": ["Organization/xg-lh-card"],
        "practitioner": f"Practitioner/{PRACTITIONER}",
    },
    "privacy-officer": {"zh": "赵敏", "en": "Zhao Min"},
    "trainee": {"zh": "林小雨", "en": "Lin Xiaoyu", "organization": CAMPUS},
}
"""One account of each of these roles; the user name is ``e2e-`` and the role."""


def add_account(base: str, bearer: dict[str, str], role: str, **person: Any) -> None:
    """An account with one position, and a password chosen by its one-time link."""
    with httpx.Client(base_url=base, headers=bearer, timeout=30) as client:
        name = {"zh": person["zh"], "en": person["en"]}
        body = {"user": f"e2e-{role}", "name": name, "practitioner": person.get("practitioner")}
        made = client.post("/auth/accounts", json=body)
        assert made.status_code == 201, made.text
        position = {
            "role": role,
            "organization": person.get("organization"),
            "units": person.get("units", []),
        }
        held = client.post(f"/auth/accounts/{made.json()['id']}/positions", json=position)
        assert held.status_code == 201, held.text
    link = made.json()["link"].rpartition("link=")[2]
    chosen = httpx.post(f"{base}/auth/password", json={"link": link, "new": PASSWORD}, timeout=30)
    assert chosen.status_code == 204, chosen.text


def sign_in(context: BrowserContext, base: str, role: str) -> None:
    """The session cookie of a role's account, into the context."""
    answer = context.request.post(
        f"{base}/auth/sign-in", data={"user": f"e2e-{role}", "password": PASSWORD}
    )
    assert answer.ok, answer.text()
