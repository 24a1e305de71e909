"""Audit search, who saw a patient, break-glass and its review; the catalogues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from playwright.sync_api import Page, expect
from tests.e2e.conftest import FHIR, accessible, bearer, fits, picture

from xinglin.fhir.json import encode
from xinglin.group.catalogue.resources import concepts, medicines, searching

if TYPE_CHECKING:
    from collections.abc import Callable

    Visit = Callable[..., Page]

CASES = [("zh-CN", "light"), ("en", "dark")]
REASON = "急诊抢救，需了解过敏史"


def put(site: str, resource: dict[str, Any]) -> None:
    address = f"{site}/fhir/{resource['resourceType']}/{resource['id']}"
    headers = bearer(site) | FHIR
    answer = httpx.put(address, content=encode(resource), headers=headers, timeout=30)
    assert answer.is_success, answer.text


@pytest.mark.parametrize(("language", "mode"), CASES)
def test_every_access_is_found_in_the_audit(
    site: str, visit: Visit, language: str, mode: str
) -> None:
    page = visit(f"{site}/audit", language, mode, role="privacy-officer")
    lines = page.locator(".audit-lines tbody tr")
    expect(lines.first).to_be_visible()
    page.locator("input[type=checkbox]").check()
    page.locator("input[type=checkbox]").uncheck()
    expect(lines.first).to_be_visible()
    assert fits(page)
    accessible(page)
    picture(page, f"audit-{language}-{mode}")


def test_a_record_is_opened_in_need_seen_by_all_and_reviewed(site: str, visit: Visit) -> None:
    page = visit(f"{site}/patient/e2e-empty", role="ward-doctor")
    expect(page.get_by_role("alert").first).to_contain_text("无法读取")
    page.get_by_role("button", name="紧急访问").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("理由").fill(REASON)
    accessible(page)
    picture(page, "break-glass")
    dialog.get_by_role("button", name="打开病历").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("空无记录")
    expect(page.get_by_text("紧急访问中")).to_be_visible()
    picture(page, "break-glass-open")

    review = visit(f"{site}/break-glass", role="privacy-officer")
    opening = review.get_by_role("listitem").filter(has_text=REASON)
    expect(opening).to_contain_text("仍在时限内")
    expect(opening.get_by_role("button", name="不合理")).to_be_disabled()
    assert fits(review)
    accessible(review)
    picture(review, "break-glass-review")
    opening.get_by_role("button", name="合理", exact=True).click()
    expect(review.get_by_text("没有待复核的紧急访问")).to_be_visible()
    review.get_by_text("已复核", exact=True).first.click()
    expect(review.get_by_role("listitem").filter(has_text=REASON)).to_contain_text("合理")

    saw = visit(f"{site}/who-saw?patient=e2e-empty", "en", "dark", role="privacy-officer")
    row = saw.get_by_role("row").filter(has_text="Wang Jianguo")
    expect(row.filter(has_text="Break-glass").first).to_be_visible()
    assert fits(saw)
    accessible(saw)
    picture(saw, "who-saw")


def test_whoever_is_in_need_is_found_by_whole_number_alone(site: str, visit: Visit) -> None:
    page = visit(site, "en", role="ward-doctor")
    page.get_by_role("button", name="Break the glass").click()
    page.get_by_label("Record or identity number").fill("E2E-0001")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("listitem")).to_contain_text("空")
    accessible(page)
    page.get_by_role("button", name="This one").click()
    expect(page.get_by_label("Reason")).to_be_focused()


@pytest.mark.parametrize(("language", "mode"), CASES)
def test_a_drug_is_found_by_whatever_one_types(
    site: str, visit: Visit, language: str, mode: str
) -> None:
    put(site, searching.parameter())
    drugs = (one for one in medicines.resources() if one["resourceType"] == "MedicationKnowledge")
    drug = next(one for one in drugs if "阿莫西林" in one["code"]["text"])
    put(site, drug)
    put(site, next(one for one in concepts.resources() if one["id"] == "xc-cs-frequency"))
    page = visit(f"{site}/catalogues", language, mode, role="group-administrator")
    search = page.get_by_role("searchbox")
    for typed in ("阿莫西林", "amxl", "amoxicillin"):
        search.fill(typed)
        expect(page.get_by_role("button", name=drug["code"]["text"])).to_be_visible()
    expect(page.locator(".facts")).to_contain_text(
        "amoxicillin" if language == "en" else "阿莫西林"
    )
    assert fits(page)
    accessible(page)
    picture(page, f"catalogue-{language}-{mode}")
    page.get_by_role("tab", name="Frequencies" if language == "en" else "频次").click()
    search.fill("bid")
    expect(page.get_by_role("cell", name="bid", exact=True)).to_be_visible()
    accessible(page)
    picture(page, f"catalogue-frequencies-{language}-{mode}")
