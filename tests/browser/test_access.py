"""Pages by their addresses in a real browser: one that opens and one that is refused, per role."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard import app as dashboard
from dashboard.signing_in import WATCHED_EVERY
from sql.accounts import Rights, accounts, change, disable
from tests.browser.conftest import DESKTOP, STILL
from tests.browser.sign_in import SECRETS, Served, registry, served
from tests.browser.test_sign_in import sign_in
from tests.dashboard.test_access_matrix import TABLE
from tests.records import record
from tests.sql.small_release import SITES

SIGN_IN = "Nobody is signed in."
# By role: a page with its heading that opens, and an address that is refused.
PAGES = {
    "uploader": (("upload", "Upload"), "releases"),
    "lead": (("submissions", "Submissions"), "audit-log"),
    "governance": (("cases", "Cases"), "upload"),
    "commissioner": (("complications", "Complications"), "submissions"),
    "team": (("releases", "Releases"), "accounts"),
    "admin": (("audit-log", "Audit log"), "complications"),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with pytest.MonkeyPatch.context() as patched:
        for name, value in SECRETS.items():
            patched.setenv(name, value)
        with served(registry(tmp_path_factory.mktemp("access") / "home")) as running:
            yield running


@pytest.fixture
def window(chromium: Browser, site: Served) -> Iterator[Page]:
    context = chromium.new_context(viewport=DESKTOP, accept_downloads=True)
    page = context.new_page()
    page.goto(site.url)
    yield page
    context.close()


def events(site: Served, *actions: str) -> list[tuple[str, str, str, str]]:
    with site.ledger() as ledger:
        return [
            (one["by"], one["action"], one["subject"], one["detail"])
            for one in ledger.events()
            if one["action"] in actions
        ]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", list(PAGES))
def test_a_page_that_is_a_roles_opens_and_another_is_refused_and_logged(window, site, name):
    (path, title), closed = PAGES[name]
    sign_in(window, name)
    expect(window.get_by_role("button", name="Sign out")).to_be_visible()
    window.goto(f"{site.url}/{path}")
    expect(window.get_by_role("heading", name=title, exact=True)).to_be_visible()
    window.goto(f"{site.url}/{closed}")
    expect(window.get_by_text("Not permitted.")).to_be_visible()
    window.wait_for_selector(STILL)
    expect(window.get_by_test_id("stDataFrame")).to_have_count(0)
    links = window.get_by_test_id("stSidebarNavLink")
    expect(links.filter(has_text=title)).to_have_count(1)
    refused = [one for one in events(site, "denied") if one[0] == f"{name}@nhs.test"]
    assert refused
    assert {one[3] for one in refused} == {f'{{"of": "page {closed}"}}'}


def look(window: Page, site: Served, path: str) -> str:
    """What a page says by its address: open, refused, sign in; with nothing drawn if not open."""
    window.goto(f"{site.url}/{'' if path == 'home' else path}")
    title = next(page.title for page in dashboard.PAGES if page.path == path)
    heading = window.get_by_role("heading", name=title, exact=True)
    refused, sign_in_first = window.get_by_text("Not permitted."), window.get_by_text(SIGN_IN)
    expect(refused.or_(sign_in_first).or_(window.locator("h1")).first).to_be_visible()
    window.wait_for_selector(STILL)
    if heading.count() and not refused.count():
        return "x"
    assert not window.locator('[data-testid="stDataFrame"], [data-testid="stMetric"]').count()
    return "sign in" if sign_in_first.count() else "-"


@pytest.mark.trial
def test_every_page_opens_or_is_refused_in_a_browser_as_the_table_says(chromium, site):
    wrong, looked = [], 0
    for name in (*PAGES, None):
        context = chromium.new_context(viewport=DESKTOP)
        window = context.new_page()
        window.goto(site.url)
        if name:
            sign_in(window, name)
            expect(window.get_by_role("button", name="Sign out")).to_be_visible()
        for path, by_role in TABLE.items():
            said = look(window, site, path)
            wrong += [(name, path, said)] if said != (by_role[name] if name else "sign in") else []
            looked += 1
        context.close()
    of_pages = {one[0::3] for one in events(site, "denied") if "page " in one[3]}
    closed = [
        (n, p) for p, roles in TABLE.items() for n in PAGES if roles[n] == "-" and p != "home"
    ]
    silent = [
        one
        for one in closed
        if (f"{one[0]}@nhs.test", f'{{"of": "page {one[1]}"}}') not in of_pages
    ]
    record(
        "trial-access",
        "Every page by its address, by every role and by nobody, in a browser",
        [
            f"{len(PAGES)} roles, each signed in at a real provider, and a visitor:"
            f" {looked} looks at {len(TABLE)} pages",
            f"against a table written out by hand, wrong: {wrong or 'none'}",
            f"refused and not in the audit log: {silent or 'none'} of {len(closed)}",
        ],
    )
    assert not wrong
    assert not silent


@pytest.mark.trial
def test_a_page_left_open_is_taken_away_when_its_account_is_closed(window, site):
    sign_in(window, "neighbour")
    window.goto(f"{site.url}/submissions")
    heading = window.get_by_role("heading", name="Submissions", exact=True)
    expect(heading).to_be_visible()
    expect(window.get_by_text("ZZ201").first).to_be_visible()
    window.wait_for_selector(STILL)
    with site.ledger() as ledger:
        number = next(one.number for one in accounts(ledger) if one.login == "neighbour@nhs.test")
        said = {"by": "admin@nhs.test", "at": datetime.now(UTC)}
        disable(ledger, number, reason="left the trust", **said)
    begun = monotonic()
    closed = window.get_by_text("This account was closed.")
    expect(closed).to_be_visible(timeout=120_000)  # nobody clicks
    seconds = monotonic() - begun
    window.wait_for_selector(STILL)
    left = window.get_by_text("ZZ201").count() + window.get_by_test_id("stDataFrame").count()
    record(
        "trial-taken-away",
        "A page left open in a browser whose account is closed",
        [
            f"without a click, taken away after {seconds:.0f} s; asked every {WATCHED_EVERY}",
            f"what is left of it: {left or 'nothing'}",
        ],
    )
    assert (heading.count(), left) == (0, 0)
    assert seconds < 90


def test_a_file_is_given_by_the_rights_of_the_click_and_logged(window, site, tmp_path):
    login = "uploader@nhs.test"
    sign_in(window, "uploader")
    window.get_by_test_id("stSidebarNavLink").filter(has_text="Upload").click()
    template = window.get_by_role("button", name="Template to fill in (XLSX)")
    with window.expect_download() as begun:
        template.click()
    begun.value.save_as(tmp_path / "template.xlsx")
    assert Path(tmp_path / "template.xlsx").read_bytes().startswith(b"PK")
    given = (login, "downloaded", "ire-audit-template.xlsx")
    assert [one[:3] for one in events(site, "downloaded")] == [given]
    with site.ledger() as ledger:
        number = next(one.number for one in accounts(ledger) if one.login == login)
        to = {"by": "admin@nhs.test", "at": datetime.now(UTC)}
        change(ledger, number, Rights("commissioner"), registered=SITES, **to)
    template.click()
    expect(window.get_by_text("Failed to generate file")).to_be_visible()
    assert len(events(site, "downloaded")) == 1
    assert events(site, "denied")[-1][:3] == (login, "denied", "file ire-audit-template.xlsx")
