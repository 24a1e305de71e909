"""My account, users, roles: in both languages, and what an administrator does with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.conftest import accessible, fits, picture
from tests.e2e.signed_in import PASSWORD
from tests.support.patience import seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    Visit = Callable[..., Page]

CASES = [("zh-CN", "light"), ("en", "dark")]


@pytest.mark.parametrize(("language", "mode"), CASES)
@pytest.mark.parametrize(
    ("path", "zh", "en"),
    [("account", "我的账户", "My account"), ("users", "用户", "Users"), ("roles", "角色", "Roles")],
)
def test_each_page_is_readable_by_everybody(
    site: str, visit: Visit, path: str, zh: str, en: str, language: str, mode: str
) -> None:
    page = visit(f"{site}/{path}", language, mode, role="group-administrator")
    expect(page.get_by_role("heading", level=1)).to_have_text(en if language == "en" else zh)
    expect(page.locator(".panel").nth(1)).to_be_visible()
    expect(page.locator(".ant-skeleton")).to_have_count(0)
    assert fits(page)
    accessible(page)
    picture(page, f"{path}-{language}-{mode}")


def test_other_devices_are_signed_out_from_afar(site: str, visit: Visit) -> None:
    elsewhere = visit(f"{site}/account", "en", role="trainee")
    page = visit(f"{site}/account", "en", role="trainee")
    sessions = page.get_by_role("region", name="Signed in at")
    expect(sessions.get_by_role("listitem").first).to_be_visible()
    others = sessions.get_by_role("button", name="Sign out", exact=True)
    expect(others).not_to_have_count(0)
    for _ in range(others.count()):
        count = sessions.get_by_role("listitem").count()
        others.first.click()
        expect(sessions.get_by_role("listitem")).to_have_count(count - 1)
    expect(sessions.get_by_text("This one")).to_be_visible()
    # Every process knows of it within half a second: a page may be served once more until then.
    elsewhere.wait_for_timeout(seconds(0.6) * 1000)
    elsewhere.reload()
    expect(elsewhere.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_an_administrator_adds_a_user_who_chooses_a_password(site: str, visit: Visit) -> None:
    page = visit(f"{site}/users", "en", role="operator")
    page.get_by_role("button", name="Add a user").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("User name").fill("e2e-new")
    dialog.get_by_label("Name in Chinese").fill("新同事")
    dialog.get_by_role("button", name="Create").click()
    link = page.get_by_role("dialog").get_by_text("/sign-in#link=")
    expect(link).to_be_visible()
    address = link.inner_text().strip()
    page.get_by_role("button", name="Handed over").click()
    expect(page.get_by_role("heading", name="新同事")).to_be_visible()

    role = page.get_by_role("combobox", name="Role")
    role.click()
    page.keyboard.type("Auditor")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Add a position").click()
    expect(page.get_by_role("region", name="Positions")).to_contain_text("Auditor")
    picture(page, "users-new")

    new = visit(address, "en", role=None)
    expect(new.get_by_role("heading", level=1)).to_have_text("Choose a password")
    accessible(new)
    picture(new, "sign-in-choose")
    new.get_by_label("New password", exact=True).fill(PASSWORD)
    new.get_by_label("New password once more").fill(PASSWORD)
    new.keyboard.press("Enter")
    expect(new.get_by_text("Password changed")).to_be_visible()
    new.get_by_role("button", name="Sign in").click()
    new.locator("#user").fill("e2e-new")
    new.locator("#password").fill(PASSWORD)
    new.keyboard.press("Enter")
    expect(new.get_by_role("heading", level=1)).to_have_text("Audit")


def test_a_role_is_told_in_plain_words(site: str, visit: Visit) -> None:
    page = visit(f"{site}/roles", "en", role="group-administrator")
    page.get_by_role("textbox", name="Filter roles").fill("ward doctor")
    page.get_by_role("button", name="Ward doctor").click()
    detail = page.get_by_role("region", name="Ward doctor")
    expect(detail).to_contain_text("May break the glass")
    expect(detail.get_by_role("listitem").first).to_contain_text("May")
    expect(page.get_by_role("region", name="In detail")).to_contain_text("Medication orders")
