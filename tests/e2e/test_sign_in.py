"""Sign-in, sign-out and what happens to work when a session ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.conftest import accessible, fits, picture
from tests.e2e.signed_in import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable

    Visit = Callable[..., Page]

DEMO = [
    {
        "user": f"demo-{role}",
        "name": {"zh": "李秀英", "en": "Li Xiuying"},
        "role": role,
        "roleName": {"zh": zh, "en": en},
        "place": {"zh": "湖滨院区", "en": "Lakeside campus"},
    }
    for role, zh, en in (
        ("ward-doctor", "病房医师", "Ward doctor"),
        ("nurse", "护士", "Nurse"),
        ("auditor", "审计员", "Auditor"),
    )
]
CASES = [("zh-CN", "light"), ("en", "dark")]


@pytest.mark.parametrize(("language", "mode"), CASES)
@pytest.mark.parametrize("width", [1366, 390])
def test_the_first_thing_a_person_sees(
    site: str, visit: Visit, language: str, mode: str, width: int
) -> None:
    size = {"width": width, "height": 768}
    page = visit(site, language, mode, role=None, viewport=size)
    expect(page.get_by_role("heading", level=1)).to_have_text(
        {"en": "Sign in"}.get(language, "登录")
    )
    expect(page.locator("#user")).to_be_focused()
    expect(page.get_by_text({"en": "Not a certified"}.get(language, "不是经认证"))).to_be_visible()
    assert fits(page)
    accessible(page)
    picture(page, f"sign-in-{language}-{mode}-{width}")


def test_by_keyboard_alone_and_on_to_where_one_wanted_to_go(site: str, visit: Visit) -> None:
    page = visit(f"{site}/roles", "en", role=None)
    expect(page.locator("#user")).to_be_focused()
    page.keyboard.type("e2e-group-administrator")
    page.keyboard.press("Tab")
    page.keyboard.type("not the password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("#password")).to_be_focused()
    accessible(page)
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Roles")
    page.get_by_role("button", name="User menu").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    expect(page.get_by_text("Your session has ended")).to_have_count(0)


def test_demo_accounts_are_found_by_role_and_open_by_one_key(site: str, visit: Visit) -> None:
    page = visit(site, "zh-CN", role=None)
    answer = {"signedIn": False, "demo": DEMO, "provider": {"name": "统一认证", "url": "/auth/x"}}
    asked: list[str | None] = []
    page.route("**/auth/session", lambda route: route.fulfill(json=answer))
    page.route(
        "**/auth/demo",
        lambda route: (asked.append(route.request.post_data), route.fulfill(status=404, json={})),
    )
    page.reload()
    accounts = page.get_by_role("region", name="演示账户")
    expect(accounts.get_by_role("button")).to_have_count(3)
    expect(page.get_by_role("link", name="通过统一认证登录")).to_be_visible()
    accessible(page)
    picture(page, "sign-in-demo")
    accounts.get_by_role("textbox").fill("护士")
    expect(accounts.get_by_role("button", name="护士")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    assert asked == ['{"user":"demo-nurse"}']


def test_work_survives_the_end_of_a_session(site: str, visit: Visit) -> None:
    page = visit(f"{site}/registration", "en", role="registration")
    page.get_by_label("Name").first.fill("欧阳待续")
    page.context.clear_cookies()
    page.get_by_label("Date of birth").fill("19900307")
    expect(page.get_by_text("Your session has ended")).to_be_visible()
    picture(page, "sign-in-ended")
    page.locator("#user").fill("e2e-registration")
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name").first).to_have_value("欧阳待续")
    expect(page.get_by_label("Date of birth")).to_have_value("19900307")


def test_a_page_of_another_position_says_what_to_do(site: str, visit: Visit) -> None:
    page = visit(f"{site}/users", "en", role="registration")
    expect(page.get_by_role("heading", level=1)).to_contain_text("does not open “Users”")
    accessible(page)
