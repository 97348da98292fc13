"""Signing in: a real browser, a real OpenID Connect provider, accounts of the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from sql.accounts import Rights, accounts, change, disable
from tests.browser.conftest import STILL
from tests.browser.sign_in import SECRETS, Served, registry, served
from tests.sql.small_release import SITES

ADMIN = "admin@nhs.test"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with pytest.MonkeyPatch.context() as patched:
        for name, value in SECRETS.items():
            patched.setenv(name, value)
        home = registry(tmp_path_factory.mktemp("signed") / "home")
        with served(home) as running:
            yield running


@pytest.fixture
def window(chromium: Browser, site: Served) -> Iterator[Page]:
    """A browser of its own: no cookie of anybody."""
    site.tokens("good")
    context = chromium.new_context()
    page = context.new_page()
    page.goto(site.url)
    yield page
    context.close()


def sign_in(page: Page, name: str) -> None:
    page.get_by_role("button", name="Sign in").click()
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill("any")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()


def still(page: Page) -> str:
    page.wait_for_timeout(150)
    page.wait_for_selector(STILL)
    return page.get_by_test_id("stApp").inner_text()


def number(site: Served, name: str) -> int:
    with site.ledger() as ledger:
        return next(
            one.number
            for one in accounts(ledger)
            if one.login == f"{name}@nhs.test" and one.state == "active"
        )


def actions(site: Served) -> list[tuple[str, str]]:
    with site.ledger() as ledger:
        return [(event["by"], event["action"]) for event in ledger.events()]


def cookie(context: BrowserContext) -> dict[str, str]:
    return {one["name"]: one["value"] for one in context.cookies()}


@pytest.mark.sampled(1)
@pytest.mark.parametrize("path", ["/", "/complications", "/audit-log", "/upload"])
def test_nobody_sees_anything_before_signing_in(window, site, path):
    window.goto(site.url + path)
    expect(window.get_by_role("button", name="Sign in")).to_be_visible()
    said = still(window)
    assert "only in the context of research" in said
    assert "ZZ" not in said
    expect(window.get_by_test_id("stSidebarNavLink")).to_have_count(0)


@pytest.mark.sampled(1)
@pytest.mark.parametrize(("name", "role"), [("lead", "site lead"), ("admin", "registry admin")])
def test_whoever_has_an_account_signs_in_to_its_role(window, site, name, role):
    sign_in(window, name)
    expect(window.get_by_role("button", name="Sign out")).to_be_visible()
    assert role in still(window)
    for title, may in {"Upload": name == "lead", "Accounts": name == "admin"}.items():
        links = window.get_by_test_id("stSidebarNavLink").filter(has_text=title)
        expect(links).to_have_count(int(may))
    assert (f"{name}@nhs.test", "signed in") in actions(site)


def test_signing_out_ends_it_for_a_kept_cookie_too(window, site):
    sign_in(window, "governance")
    expect(window.get_by_role("button", name="Sign out")).to_be_visible()
    still(window)
    kept = window.context.cookies()
    window.get_by_role("button", name="Sign out").click()
    window.get_by_role("button", name="Yes, sign me out").click()
    expect(window.get_by_role("button", name="Sign in")).to_be_visible()
    window.context.add_cookies(kept)
    window.goto(site.url)
    expect(window.get_by_text("You have signed out.")).to_be_visible()
    assert "governance lead" not in still(window)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", ["stranger", "unverified", "second"])
def test_who_has_no_account_is_told_so_and_sees_nothing(window, site, name):
    if name == "second":  # the address of an account that another person has been let in by
        sign_in(window, "lead")
        expect(window.get_by_role("button", name="Sign out")).to_be_visible()
        still(window)
        window.context.clear_cookies()
        window.goto(site.url)
    sign_in(window, name)
    expect(window.get_by_role("button", name="Sign in as somebody else")).to_be_visible()
    assert "ZZ" not in still(window)
    expect(window.get_by_test_id("stSidebarNavLink")).to_have_count(0)
    assert [action for _, action in actions(site)].count("sign-in denied") >= 1


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    ("kind", "name"), [("expired", "team"), ("tampered", "stranger"), ("foreign", "team")]
)
def test_a_token_that_is_not_the_providers_own_opens_nothing(window, site, kind, name):
    before = actions(site)
    site.tokens(kind)
    sign_in(window, name)
    expect(window.get_by_role("button", name="Sign in")).to_be_visible()
    still(window)
    assert "_streamlit_user" not in cookie(window.context)
    assert actions(site) == before


def test_a_cookie_that_was_changed_opens_nothing(window, site):
    sign_in(window, "lead")
    expect(window.get_by_role("button", name="Sign out")).to_be_visible()
    still(window)
    signed = next(one for one in window.context.cookies() if one["name"] == "_streamlit_user")
    body, _, signature = signed["value"].partition(".")
    for changed in (body[:-6] + "AAAAAA." + signature, signed["value"][:-3] + "AAA"):
        window.context.add_cookies([{**signed, "value": changed}])
        window.goto(site.url)
        expect(window.get_by_role("button", name="Sign in")).to_be_visible()


def test_another_role_holds_at_the_next_click(window, site):
    sign_in(window, "uploader")
    expect(window.get_by_test_id("stSidebarNavLink").filter(has_text="Upload")).to_be_visible()
    rights, to = Rights("commissioner"), {"by": ADMIN, "at": datetime.now(UTC)}
    with site.ledger() as ledger:
        change(ledger, number(site, "uploader"), rights, registered=SITES, **to)
    window.get_by_test_id("stSidebarNavLink").filter(has_text="Upload").click()
    expect(window.get_by_text("commissioner").first).to_be_visible()
    expect(window.get_by_test_id("stSidebarNavLink").filter(has_text="Upload")).to_have_count(0)
    expect(window.get_by_test_id("stFileUploader")).to_have_count(0)


def test_a_closed_account_sees_nothing_from_the_next_click_on(window, site):
    sign_in(window, "commissioner")
    link = window.get_by_test_id("stSidebarNavLink").filter(has_text="Compliance")
    expect(link).to_be_visible()
    with site.ledger() as ledger:
        closed = number(site, "commissioner")
        disable(ledger, closed, reason="left", by=ADMIN, at=datetime.now(UTC))
    link.click()
    expect(window.get_by_text("This account was closed.")).to_be_visible()
    expect(window.get_by_test_id("stSidebarNavLink")).to_have_count(0)
