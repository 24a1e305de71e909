"""A real server, a small part of the synthetic group, and Debian's Chromium.

Pictures of every page are kept under test-artefacts/, to be looked at.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from tests.e2e.signed_in import PEOPLE, PRACTITIONER, add_account, sign_in
from tests.support.patience import seconds

from xinglin.fhir.json import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "test-artefacts"
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENTS = 24
FHIR = {"Content-Type": "application/fhir+json"}
TOKENS: dict[str, str] = {}

LONG = "欧阳·阿卜杜热合曼·买买提吐尔逊江·古丽娜尔"
OWN: list[dict[str, Any]] = [
    {
        "resourceType": "Patient",
        "id": "e2e-empty",
        "name": [{"family": "空", "given": ["无记录"]}],
        "gender": "female",
        "birthDate": "2026-11-01",
        "identifier": [{"system": "urn:e2e", "value": "E2E-0001", "type": {"text": "病案号"}}],
    },
    {
        "resourceType": "Patient",
        "id": "e2e-long",
        "name": [
            {"use": "official", "text": LONG},
            {"use": "usual", "text": "Maximiliana Alexandrina Wolfeschlegelsteinhausenbergerdorff"},
        ],
        "birthDate": "1931-02",
        "identifier": [
            {"system": "urn:e2e", "value": "9" * 40, "type": {"text": "外院病案号（跨区域转诊）"}}
        ],
    },
    {
        "resourceType": "Practitioner",
        "id": PRACTITIONER,
        "name": [{"text": "王建国", "family": "王", "given": ["建国"]}],
    },
    {
        "resourceType": "AllergyIntolerance",
        "id": "e2e-long-allergy",
        "patient": {"reference": "Patient/e2e-long"},
        "criticality": "high",
        "code": {"text": "青霉素 G 钾注射液及所有 β-内酰胺类抗生素" * 3},
    },
]


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextmanager
def running(data: Path) -> Iterator[str]:
    """`xinglin up --empty` on a data directory; it must stop within ten seconds."""
    port = _free_port()
    command = [Path(sys.executable).with_name("xinglin"), "up", "--data", data, "--port", str(port)]
    process = subprocess.Popen([*command, "--empty"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout:
        said = next((line for line in process.stdout if line.startswith("ready ")), "")
        assert said, "the server did not start; see above"
        try:
            base = said.split()[1]
            TOKENS[base] = token(data)
            add_account(base, bearer(base), "operator", **PEOPLE["operator"])
            yield base
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(seconds(10))


def token(data: Path, user: str = "admin") -> str:
    """A bearer token of an account, from the command line."""
    command = [Path(sys.executable).with_name("xinglin"), "token", "--data", data, "--user", user]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def bearer(base: str) -> dict[str, str]:
    """The header of the local administrator, for what a test asks beside the browser."""
    return {"Authorization": f"Bearer {TOKENS[base]}"}


class _OverHttp:
    """Where the simulator sends its bundles."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def send(self, bundle: dict[str, Any]) -> None:
        answer = await self._client.post("", content=encode(bundle), headers=FHIR)
        assert answer.status_code == 200, answer.text[:2000]

    async def read(self, type_: str, id_: str) -> dict[str, Any] | None:
        answer = await self._client.get(f"{type_}/{id_}")
        return answer.json() if answer.status_code == 200 else None


async def _fill(base: str) -> None:
    from xinglin.simulator import World, load

    entry = [
        {"resource": one, "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}}
        for one in OWN
    ]
    async with httpx.AsyncClient(
        base_url=f"{base}/fhir/", headers=bearer(base), timeout=60
    ) as client:
        target = _OverHttp(client)
        await load(target, World(seed=11, patients=PATIENTS))
        await target.send({"resourceType": "Bundle", "type": "transaction", "entry": entry})


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of a platform with a small synthetic group."""
    folder = Path(tempfile.mkdtemp(prefix="xinglin-e2e-"))
    try:
        with running(folder / "data") as base:
            asyncio.run(_fill(base))
            for role in PEOPLE.keys() - {"operator"}:
                add_account(base, bearer(base), role, **PEOPLE[role])
            yield base
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def empty_site() -> Iterator[str]:
    """The address of a platform without anybody in it."""
    folder = Path(tempfile.mkdtemp(prefix="xinglin-e2e-"))
    try:
        with running(folder / "data") as base:
            yield base
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


def _refused(said: str) -> list[str]:
    """What the browser says where the content policy of the page forbids something."""
    return [said] if "Content Security Policy" in said else []


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a page as a role, in a language and colours of its own; its errors fail the test."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def _visit(
        url: str,
        language: str = "zh-CN",
        mode: str = "light",
        role: str | None = "operator",
        **options: Any,
    ) -> Page:
        size = options.pop("viewport", {"width": 1366, "height": 768})
        base = "/".join(url.split("/")[:3])
        context = browser.new_context(
            locale=language,
            color_scheme=mode,
            viewport=size,
            timezone_id="Asia/Shanghai",
            **options,
        )
        contexts.append(context)
        if role:
            sign_in(context, base, role)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda said: problems.extend(_refused(said.text)))
        page.goto(url)
        return page

    yield _visit
    for context in contexts:
        context.close()
    assert not problems


def picture(page: Page, name: str) -> None:
    """Keep a picture of the page."""
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


def accessible(page: Page) -> None:
    """axe-core finds nothing serious."""
    # A dialog that is still fading in has other colours than it will have.
    page.evaluate(
        "Promise.race([new Promise((end) => setTimeout(end, 1500)), Promise.allSettled("
        "document.getAnimations().map((one) => one.finished))]).then(() => null)"
    )
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    serious = [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]
    assert not serious, json.dumps(serious, indent=1, ensure_ascii=False)


def fits(page: Page) -> bool:
    """Whether nothing runs out of the window sideways."""
    return page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
