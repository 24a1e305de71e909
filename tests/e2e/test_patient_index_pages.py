"""Registration with the warning of a duplicate; match review: merge, and undo it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.conftest import accessible, fits, picture

if TYPE_CHECKING:
    from collections.abc import Callable

    Visit = Callable[..., Page]

CASES = [("zh-CN", "light"), ("en", "dark")]
WORDS = {
    "zh-CN": {"name": "姓名", "birth": "出生日期", "male": "男", "register": "登记"},
    "en": {"name": "Name", "birth": "Date of birth", "male": "Male", "register": "Register"},
}


def fill(page: Page, language: str, name: str, birth: str) -> None:
    words = WORDS[language]
    page.get_by_label(words["name"]).first.fill(name)
    page.get_by_label(words["birth"]).fill(birth)
    page.get_by_text(words["male"], exact=True).first.click()


@pytest.mark.parametrize(("language", "mode"), CASES)
def test_the_second_registration_is_warned_and_not_blocked(
    site: str, visit: Visit, language: str, mode: str
) -> None:
    words = WORDS[language]
    # Other people in the other language: what the first case made must not be like them.
    name, birth = ("欧阳复登", "19610203") if language == "en" else ("万俟再来", "19781124")
    page = visit(f"{site}/registration", language, mode, role="registration")
    fill(page, language, name, birth)
    page.get_by_role("button", name=words["register"], exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)

    page.goto(f"{site}/registration")
    fill(page, language, name, birth)
    expect(page.locator(".known")).to_have_count(1)
    page.locator(".known button").first.click()
    expect(page.locator(".comparison tr.same").first).to_be_visible()
    assert fits(page)
    accessible(page)
    picture(page, f"registration-{language}-{mode}")
    page.get_by_role("button", name=words["register"], exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".comparison")).to_be_visible()
    accessible(page)
    picture(page, f"registration-decide-{language}-{mode}")
    dialog.get_by_role("textbox").fill("twins, papers seen 双胞胎")
    dialog.locator(".ant-btn-primary.ant-btn-dangerous").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def test_the_identity_number_is_checked_and_fills_in_the_rest(site: str, visit: Visit) -> None:
    page = visit(f"{site}/registration", "en", role="registration")
    number = page.get_by_label("Paper", exact=True)
    number.fill("990101199003070011")
    expect(page.get_by_text("The check digit does not fit")).to_be_visible()
    number.fill("990101901307002")
    expect(page.get_by_text("The birth date inside does not exist")).to_be_visible()
    number.fill("990101900307003")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Date of birth")).to_have_value("1990-03-07")
    expect(page.get_by_role("radio", name="Male", exact=True)).to_be_checked()


@pytest.mark.parametrize(("language", "mode"), CASES)
def test_a_pair_is_laid_side_by_side_and_decided(
    site: str, visit: Visit, language: str, mode: str
) -> None:
    english = language == "en"
    page = visit(f"{site}/registration", language, mode, role="registration")
    name, birth = ("夏侯并列", "19550809") if english else ("司徒成双", "19690412")
    for again in (False, True):
        page.goto(f"{site}/registration")
        fill(page, language, name, birth)
        page.get_by_role("button", name=WORDS[language]["register"], exact=True).click()
        if again:
            page.get_by_role("dialog").get_by_role("textbox").fill("somebody else 另有其人")
            page.locator(".ant-btn-primary.ant-btn-dangerous").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(name)

    page.goto(f"{site}/match")
    page.get_by_role("button", name=name).first.click()
    expect(page.locator(".comparison tr.same").first).to_be_visible()
    page.locator(".weights summary").click()
    assert fits(page)
    accessible(page)
    picture(page, f"match-{language}-{mode}")
    reason = page.get_by_label("Reason" if english else "依据")
    reason.fill("identity cards seen 已核对证件")
    merge = "merge A into B" if english else "把 A 合并到 B"
    page.get_by_role("button", name=merge).click()
    expect(page.get_by_role("button", name=name)).to_have_count(0)
    page.get_by_text("Merged" if english else "已合并", exact=True).click()
    page.get_by_role("button", name=name).first.click()
    reason.fill("it was not so 误合并")
    page.get_by_role("button", name="Undo the merge" if english else "撤销合并").click()
    expect(page.get_by_role("button", name=name)).to_have_count(0)
