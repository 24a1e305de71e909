"""Find a patient, open the chart: by keyboard, in both languages, light and dark."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import Page, expect
from tests.e2e.conftest import LONG, ROOT, accessible, bearer, fits, picture

if TYPE_CHECKING:
    from collections.abc import Callable

    Visit = Callable[..., Page]


def a_patient_with_results(site: str) -> dict:
    """Any patient of the group who has laboratory results, and a Chinese name."""
    found = httpx.get(
        f"{site}/fhir/Observation",
        params={"category": "laboratory", "_include": "Observation:patient", "_count": "50"},
        headers=bearer(site),
    ).json()
    return next(
        e["resource"]
        for e in found["entry"]
        if e["resource"]["resourceType"] == "Patient" and e["resource"]["name"][0].get("family")
    )


def chinese_name(patient: dict) -> str:
    name = patient["name"][0]
    return name.get("text") or name["family"] + "".join(name["given"])


def test_a_patient_is_found_by_name_pinyin_and_number_and_opened_by_keyboard(
    site: str, visit: Visit
) -> None:
    patient = a_patient_with_results(site)
    name = chinese_name(patient)
    page = visit(site)
    box = page.get_by_role("combobox")
    expect(box).to_be_focused()
    page.keyboard.type(name)
    option = page.get_by_role("option").filter(has_text=name)
    expect(option.first).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("位患者")

    box.fill(patient["identifier"][0]["value"])
    expect(page.get_by_role("option")).to_have_count(1)
    expect(page.get_by_role("option")).to_contain_text(name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    assert page.url.endswith(f"/patient/{patient['id']}")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox")).to_have_value(patient["identifier"][0]["value"])


def test_pinyin_initials_find_a_chinese_name(site: str, visit: Visit) -> None:
    httpx.put(
        f"{site}/fhir/Patient/e2e-pinyin",
        json={
            "resourceType": "Patient",
            "id": "e2e-pinyin",
            "name": [{"family": "单", "given": ["乐行"]}],
        },
        headers=bearer(site),
    ).raise_for_status()
    page = visit(site)
    for typed in ("slx", "shanlexing", "shan le xing", "syhx"):
        page.get_by_role("combobox").fill(typed)
        found = page.get_by_role("option").filter(has_text="单乐行")
        if typed == "syhx":  # no reading of the name begins like this
            expect(found).to_have_count(0)
        else:
            expect(found).to_have_count(1)


def test_arrow_keys_choose_among_the_found(site: str, visit: Visit) -> None:
    page = visit(site)
    options = page.get_by_role("option")
    expect(options.nth(2)).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    name = options.nth(1).locator("strong").inner_text()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_pages_in_both_languages_and_colours(
    site: str, visit: Visit, language: str, mode: str
) -> None:
    patient = a_patient_with_results(site)
    page = visit(site, language, mode)
    expect(page.get_by_role("option").first).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", language)
    assert fits(page)
    accessible(page)
    picture(page, f"home-{language}-{mode}")
    page.goto(f"{site}/patient/{patient['id']}")
    problems = "Problems" if language == "en" else "诊断与问题"
    expect(page.get_by_role("region", name=problems)).to_be_visible()
    expect(page.locator(".trend canvas")).to_be_visible()
    expect(page.locator(".encounters li").first).to_be_visible()
    assert fits(page)
    accessible(page)
    picture(page, f"chart-{language}-{mode}")


def test_the_language_changes_in_place_and_is_kept(site: str, visit: Visit) -> None:
    patient = a_patient_with_results(site)
    page = visit(f"{site}/patient/{patient['id']}")
    expect(page.get_by_role("region", name="过敏")).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("region", name="Allergies")).to_be_visible()
    page.reload()
    expect(page.get_by_role("region", name="Allergies")).to_be_visible()


def test_choosing_a_result_shows_its_trend(site: str, visit: Visit) -> None:
    patient = a_patient_with_results(site)
    page = visit(f"{site}/patient/{patient['id']}", "en")
    results = page.get_by_role("region", name="Results and vital signs")
    second = results.get_by_role("button", pressed=False).first
    name = second.inner_text()
    second.focus()
    page.keyboard.press("Enter")
    expect(results.get_by_role("heading", level=3)).to_contain_text(name)
    expect(results.get_by_role("button", name=name, exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    results.get_by_text("Values as a table").click()
    expect(results.locator("details tbody tr").first).to_be_visible()


def test_an_empty_chart_says_so_in_words(site: str, visit: Visit) -> None:
    page = visit(f"{site}/patient/e2e-empty")
    for text in ("未记录过敏史", "无诊断记录", "无用药记录", "无就诊记录", "无结果"):
        expect(page.get_by_text(text).first).to_be_visible()
    accessible(page)
    picture(page, "chart-empty")


@pytest.mark.parametrize("width", [1366, 768, 390])
def test_long_names_stay_inside_the_window(site: str, visit: Visit, width: int) -> None:
    page = visit(f"{site}/patient/e2e-long", viewport={"width": width, "height": 768})
    expect(page.get_by_role("heading", level=1)).to_contain_text(LONG)
    assert fits(page)
    picture(page, f"chart-long-{width}")
    page.goto(site)
    page.get_by_role("combobox").fill("9" * 40)
    expect(page.get_by_role("option")).to_have_count(1)
    assert fits(page)


def test_an_unknown_patient_is_refused_in_the_readers_language(site: str, visit: Visit) -> None:
    page = visit(f"{site}/patient/nobody")
    expect(page.get_by_role("alert")).to_contain_text("无法读取")
    page = visit(f"{site}/patient/nobody", "en")
    expect(page.get_by_role("alert")).to_contain_text("This could not be read")


def test_an_empty_hospital_says_what_to_do(empty_site: str, visit: Visit) -> None:
    page = visit(empty_site, "en")
    expect(page.get_by_text("No patients here yet")).to_be_visible()
    page.get_by_role("combobox").fill("nobody")
    expect(page.get_by_text("No patient found for")).to_be_visible()
    accessible(page)
    picture(page, "home-empty")


def test_the_loading_of_the_demo_is_shown_until_it_is_done(site: str, visit: Visit) -> None:
    page = visit(site, "en")
    state = {"done": 500, "of": 2000}
    page.route(
        "**/health/ready", lambda route: route.fulfill(json={"status": "ready", "demo": state})
    )
    page.goto(site)
    expect(page.get_by_text("500 of 2000 patients")).to_be_visible()
    accessible(page)
    state["done"] = 2000
    expect(page.get_by_text("of 2000 patients")).to_have_count(0)


def test_the_keyboard_map_is_shown(site: str, visit: Visit) -> None:
    page = visit(site, "en")
    page.get_by_role("button", name="Keyboard").click()
    expect(page.get_by_role("dialog")).to_contain_text("Find a patient")


def test_the_shell_is_within_its_budget() -> None:
    """400 kB packed for what the first page loads (spec/workstation.md section 4)."""
    dist = ROOT / "src" / "xinglin" / "web_dist"
    html = (dist / "index.html").read_text(encoding="utf-8")
    first = [p for p in (dist / "assets").iterdir() if p.name in html]
    assert first
    assert sum(len(gzip.compress(p.read_bytes())) for p in first) < 400_000
