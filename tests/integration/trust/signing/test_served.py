"""Signing on a real server: a browser makes its key, unlocks it, signs, and anybody verifies."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from xinglin.trust.signing import evidence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.conftest import Running

PASSWORD = "quiet-otter-sings-7"
FHIR = {"Content-Type": "application/fhir+json", "Accept-Language": "zh-CN"}


class Browser:
    """Signed in as a practitioner of her own account."""

    def __init__(self, running: Running, user: str) -> None:
        self.http = httpx.Client(base_url=running.url, trust_env=False, timeout=60)
        admin = {"Authorization": f"Bearer {running.token}"}
        person = {"resourceType": "Practitioner", "name": [{"text": "李医生"}]}
        made = self.http.post("/fhir/Practitioner", json=person, headers=admin | FHIR).json()
        self.person = f"Practitioner/{made['id']}"
        body = {"user": user, "practitioner": self.person, "name": {"zh": "李医生", "en": "Dr Li"}}
        told = self.http.post("/auth/accounts", json=body, headers=admin)
        assert told.status_code == 201, told.text
        where = f"/auth/accounts/{told.json()['id']}/positions"
        assert self.http.post(where, json={"role": "operator"}, headers=admin).status_code == 201
        link = told.json()["link"].partition("#link=")[2]
        self.http.post("/auth/password", json={"link": link, "new": PASSWORD})
        told = self.http.post("/auth/sign-in", json={"user": user, "password": PASSWORD})
        assert told.status_code == 200, told.text
        self.headers = {"X-CSRF-Token": told.json()["csrf"]}

    def post(self, path: str, body: Any = None) -> httpx.Response:
        kind = FHIR if path.startswith("/fhir") else {}
        return self.http.post(path, json=body, headers=self.headers | kind)

    def get(self, path: str) -> Any:
        answer = self.http.get(path, headers={"Accept-Language": "zh-CN"})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def note(self) -> str:
        content = {"resourceType": "Observation", "status": "final", "code": {"text": "咳嗽三天"}}
        return f"Observation/{self.post('/fhir/Observation', content).json()['id']}"

    def sign(self, target: str, purpose: str) -> httpx.Response:
        asked = {
            "resourceType": "Parameters",
            "parameter": [{"name": "purpose", "valueCode": purpose}],
        }
        return self.post(f"/fhir/{target}/$sign-version", asked)


@pytest.fixture(scope="module")
def browser(running: Running) -> Iterator[Browser]:
    made = Browser(running, "signer")
    yield made
    made.http.close()


def outcomes(parameters: dict[str, Any]) -> list[str]:
    return [
        part["valueCode"]
        for one in parameters.get("parameter", ())
        for part in one["part"]
        if part["name"] == "outcome"
    ]


def test_from_the_key_to_the_evidence(browser: Browser, running: Running, tmp_path: Path):
    target = browser.note()
    assert browser.sign(target, "note").status_code == 403  # nothing is unlocked
    assert browser.get("/signing/status")["enrolled"] is False
    wrong = browser.post("/signing/enrol", {"password": "some-other-word-1"})
    assert wrong.status_code == 403
    made = browser.post("/signing/enrol", {"password": PASSWORD, "pin": "246813"})
    assert made.status_code == 201, made.text
    unlocked = browser.post("/signing/unlock", {"pin": "246813"})
    assert unlocked.status_code == 200, unlocked.text
    assert "unlock" not in unlocked.json()  # no script of the page sees it
    cookie = unlocked.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite" in cookie
    status = browser.get("/signing/status")
    assert status["enrolled"] is True
    assert status["unlocked"] is True
    assert sorted(status["factors"]) == ["password", "pin"]

    signed = browser.sign(target, "note")
    assert signed.status_code == 201, signed.text
    provenance = signed.json()
    assert provenance["signature"][0]["who"]["reference"] == browser.person
    where = f"/fhir/Provenance/{provenance['id']}"
    assert outcomes(browser.get(f"{where}/$verify")) == ["valid"]
    told = browser.get(f"/fhir/{target}/$verify-signatures")
    assert outcomes(told) == ["valid"]
    assert "有效" in json.dumps(told, ensure_ascii=False)

    file = tmp_path / "evidence.json"
    package = browser.http.get(f"{where}/$evidence")
    file.write_bytes(package.content)
    root = tmp_path / "root.pem"
    root.write_bytes(browser.http.get("/signing/root.pem").content)
    assert _verify(file, "--root", str(root)) == (0, "valid")
    assert _verify(file, "--data", str(running.data)) == (0, "valid")
    assert _verify(file, "--data", str(tmp_path)) == (1, "unknown")
    read = evidence.read(file)
    changed = evidence.build(
        read.evidence.body.replace("三".encode(), "五".encode()),
        _part(package.json(), "provenance"),
        read.evidence.lists,
        (),
    )
    file.write_text(json.dumps(changed))
    assert _verify(file, "--root", str(root)) == (1, "altered")
    file.write_text("rubbish")
    assert _verify(file)[0] == 1

    change = {"known": {"pin": "246813"}, "new": {"pin": "975310"}}
    assert browser.post("/signing/secret", change).status_code == 204
    assert browser.post("/signing/unlock", {"pin": "246813"}).status_code == 403
    assert browser.post("/signing/unlock", {"pin": "975310"}).status_code == 200
    assert browser.post("/signing/secret", {"known": {}, "new": {"pin": "1"}}).status_code == 422
    assert browser.post("/signing/lock").status_code == 204
    assert browser.sign(target, "note").status_code == 403


def _part(package: dict[str, Any], name: str) -> bytes:
    found = [one for one in package["parameter"] if one["name"] == name]
    return base64.b64decode(found[0]["valueBase64Binary"])


def _verify(file: Path, *more: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "xinglin.cli", "verify-signature", str(file), *more],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout.strip()


def test_a_purpose_that_is_none(browser: Browser):
    assert browser.sign(browser.note(), "autograph").status_code == 422


def test_step_up_is_asked_for_again(browser: Browser, session_dsn: str):
    import asyncio

    import asyncpg

    browser.post("/signing/enrol", {"password": PASSWORD})
    assert browser.post("/signing/unlock", {"password": PASSWORD}).status_code == 200
    target = browser.person  # whose privileges are a matter of their own
    assert browser.sign(target, "privilege").status_code == 201  # just signed in by password

    async def later() -> None:
        connection = await asyncpg.connect(session_dsn)
        await connection.execute("update session set step_up = step_up - interval '6 minutes'")
        await connection.close()

    asyncio.run(later())
    refused = browser.sign(target, "privilege")
    assert refused.status_code == 403
    assert "再次验证身份" in refused.text
    assert browser.sign(browser.note(), "note").status_code == 201
    assert browser.post("/auth/step-up", {"password": PASSWORD}).status_code < 300
    assert browser.sign(target, "privilege").status_code == 201


def test_a_script_signs_with_its_token(browser: Browser, running: Running):
    bearer = {"Authorization": f"Bearer {running.token}"}
    refused = browser.http.post("/signing/enrol", json={"pin": "123456"}, headers=bearer)
    assert refused.status_code == 403  # the operator is no person
    assert (
        "关联"
        in browser.http.post(
            "/signing/enrol",
            json={"pin": "123456"},
            headers=bearer | FHIR | {"Content-Type": "application/json"},
        ).text
    )


def test_time_stamps_and_lists_by_http(browser: Browser, tmp_path: Path):
    data, query = tmp_path / "data", tmp_path / "query"
    reply, root = tmp_path / "reply", tmp_path / "root.pem"
    data.write_text("what was there")
    root.write_bytes(browser.http.get("/signing/root.pem").content)
    made = subprocess.run(
        ["openssl", "ts", "-query", "-data", data, "-sha256", "-cert", "-out", query],
        capture_output=True,
        check=False,
    )
    assert made.returncode == 0
    answer = browser.http.post(
        "/signing/timestamp",
        content=query.read_bytes(),
        headers=browser.headers | {"Content-Type": "application/timestamp-query"},
    )
    assert answer.headers["content-type"] == "application/timestamp-reply"
    reply.write_bytes(answer.content)
    done = subprocess.run(
        ["openssl", "ts", "-verify", "-queryfile", query, "-in", reply, "-CAfile", root],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Verification: OK" in done.stdout, done.stderr
    crl = browser.http.get("/signing/revocations.crl")
    assert crl.headers["content-type"] == "application/pkix-crl"


def test_no_secret_of_signing_is_in_the_log(browser: Browser, running: Running):
    browser.post("/signing/unlock", {"pin": "999911"})
    token = browser.http.cookies.get("xinglin-signing") or "none"
    log = running.log.read_text()
    for secret in (PASSWORD, "246813", "999911", token):
        assert secret not in log


def test_the_operator_revokes(running: Running, session_dsn: str):
    browser = Browser(running, "leaver")
    browser.post("/signing/enrol", {"pin": "246813"})
    browser.post("/signing/unlock", {"pin": "246813"})
    target = browser.note()
    before = browser.sign(target, "note").json()
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "xinglin.cli",
            "keys",
            "revoke",
            "--user",
            "leaver",
            "--data",
            str(running.data),
        ],
        env={"PATH": "/usr/bin", "XINGLIN_DATABASE_DSN": session_dsn},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert browser.sign(target, "note").status_code == 403
    assert browser.post("/signing/unlock", {"pin": "246813"}).status_code == 409
    told = browser.get(f"/fhir/Provenance/{before['id']}/$verify")
    assert outcomes(told) == ["valid"]  # signed before
    browser.http.close()
