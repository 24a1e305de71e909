"""Sign-in on a real server: from a new account to a read and a write with the cookie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from tests.integration.conftest import Running

NEW = "quiet-otter-sings-7"


def test_a_browser_signs_in_reads_and_writes(running: Running):
    with httpx.Client(base_url=running.url, trust_env=False, timeout=30) as http:
        admin = {"Authorization": f"Bearer {running.token}"}
        made = http.post("/auth/accounts", json={"user": "served"}, headers=admin)
        assert made.status_code == 201, made.text
        account = made.json()
        where = f"/auth/accounts/{account['id']}/positions"
        assert http.post(where, json={"role": "operator"}, headers=admin).status_code == 201
        link = account["link"].partition("#link=")[2]
        assert http.post("/auth/password", json={"link": link, "new": NEW}).status_code == 204
        body = {"user": "served", "password": NEW}
        told = http.post("/auth/sign-in", json=body)
        assert told.status_code == 200, told.text
        csrf = {"X-CSRF-Token": told.json()["csrf"]}
        assert told.json()["position"]["role"] == "operator"

        assert http.get("/fhir/Patient?_count=1").status_code == 200
        patient = {"resourceType": "Patient"}
        assert http.post("/fhir/Patient", json=patient).status_code == 403
        assert http.post("/fhir/Patient", json=patient, headers=csrf).status_code == 201
        assert http.post("/fhir/Patient/_search", data={"_count": "1"}).status_code == 403
        foreign = {**csrf, "Origin": "http://evil.test"}
        assert http.post("/fhir/Patient", json=patient, headers=foreign).status_code == 421
        assert http.post("/auth/sign-out", headers=csrf).status_code == 204
        assert http.get("/fhir/Patient?_count=1").status_code == 401
        assert http.get("/fhir/metadata").status_code == 200


def test_no_password_or_token_is_in_the_log(running: Running):
    with httpx.Client(base_url=running.url, trust_env=False, timeout=30) as http:
        secret = "a-secret-that-no-log-has"
        http.post("/auth/sign-in", json={"user": secret, "password": secret})
        http.post("/auth/sign-in", content=secret, headers={"content-type": "application/json"})
        http.get("/fhir/Patient", headers={"Authorization": f"Bearer {secret}"})
        http.get("/fhir/Patient", headers={"Cookie": f"xinglin={secret}"})
    log = running.log.read_text()
    assert secret not in log
    assert running.token not in log


def test_programs_find_their_way(running: Running):
    with httpx.Client(base_url=running.url, trust_env=False, timeout=30) as http:
        smart = http.get("/fhir/.well-known/smart-configuration")
        assert smart.status_code == 200
        assert smart.json()["token_endpoint"] == f"{running.url}/auth/token"
        openid = http.get("/.well-known/openid-configuration").json()
        assert openid["issuer"] == running.url
        assert http.get(openid["jwks_uri"]).json()["keys"][0]["kty"] == "EC"
        refused = http.post("/auth/token", data={"grant_type": "client_credentials"})
        assert refused.status_code == 401
        assert refused.json()["error"] == "invalid_client"
        page = http.get("/auth/authorize?client_id=nobody&redirect_uri=https://evil.test")
        assert page.status_code == 400
        assert "script" not in page.headers["content-security-policy"]
