"""The pages live under their own content policy: styles show, nothing is refused, no inline script.

https://www.w3.org/TR/CSP3/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from .conftest import bearer, picture

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_LISTEN = """
window.refused = [];
document.addEventListener('securitypolicyviolation', (event) =>
  window.refused.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
PLACES = ("/", "/account", "/users", "/roles", "/registration", "/match", "/patient/csp")
PASSWORD = "quiet-otter-sings-7"


def _account(base: str) -> None:
    """Somebody who may see every page, and a patient with a result to draw."""
    with httpx.Client(base_url=base, headers=bearer(base), timeout=60) as http:
        made = http.post("/auth/accounts", json={"user": "csp"}).json()
        where = f"/auth/accounts/{made['id']}/positions"
        assert http.post(where, json={"role": "operator"}).status_code == 201
        link = made["link"].partition("#link=")[2]
        http.post("/auth/password", json={"link": link, "new": PASSWORD})
        patient = {"resourceType": "Patient", "id": "csp", "name": [{"text": "策略"}]}
        http.put("/fhir/Patient/csp", json=patient)
        for day in range(1, 4):
            result = {
                "resourceType": "Observation",
                "status": "final",
                "subject": {"reference": "Patient/csp"},
                "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
                "effectiveDateTime": f"2026-03-0{day}T08:00:00+08:00",
                "valueQuantity": {"value": 70 + day, "unit": "/min"},
            }
            assert http.post("/fhir/Observation", json=result).status_code == 201


# The site first: it is filled by a loop of its own, which cannot run within the browser's.
def test_nothing_of_ours_is_refused(site: str, browser: Browser):
    _account(site)
    context = browser.new_context(locale="zh-CN")
    context.add_init_script(_LISTEN)
    page = context.new_page()
    page.goto(site)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.refused") == []
    body = {"user": "csp", "password": PASSWORD}
    assert context.request.post(f"{site}/auth/sign-in", data=body).ok
    for place in PLACES:
        page.goto(f"{site}{place}")
        page.wait_for_load_state("networkidle")
        assert page.evaluate("window.refused") == [], place
    picture(page, "content-policy")
    styles = page.evaluate("[...document.querySelectorAll('style')].map((one) => one.nonce)")
    assert styles, "antd writes style elements"
    assert all(styles)
    # What a page did not write itself is refused: a script, an event handler, a style element.
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend',"
        "'<style>body{outline:9px solid red}</style><img src=x onerror=window.bad=1>')"
    )
    page.evaluate(
        "{const one = document.createElement('script'); one.text = 'window.bad=2';"
        " document.body.append(one)}"
    )
    page.wait_for_function("window.refused.length >= 3")
    assert page.evaluate("window.bad") is None
    assert page.evaluate("getComputedStyle(document.body).outlineWidth") != "9px"
    context.close()


def test_each_page_has_a_nonce_of_its_own(browser: Browser, empty_site: str):
    context = browser.new_context()
    found = set()
    for _ in range(3):
        answer = context.request.get(empty_site)
        policy = answer.headers["content-security-policy"]
        assert "'unsafe-inline'" not in policy.split("style-src-attr")[0]
        assert "script-src 'self';" in policy
        assert "__NONCE__" not in answer.text()
        nonce = policy.partition("'nonce-")[2].partition("'")[0]
        assert f'nonce="{nonce}"' in answer.text()
        assert answer.headers["cache-control"] == "no-store"
        found.add(nonce)
    assert len(found) == 3
    context.close()
