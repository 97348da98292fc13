"""Every page for everybody: axe-core's rules, the keyboard alone, less motion, light and dark."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from itertools import chain

import duckdb
import pytest
from playwright.sync_api import expect

from dashboard.app import PAGES
from sql.access import DEMO_VIEWERS
from tests.browser.axe_rules import EVERY_WAY, IMPACTS, TWO_WAYS, seen, told, violations
from tests.browser.conftest import DESKTOP, PHONE, STILL, Look
from tests.dashboard.conftest import make_home
from tests.records import record

pytestmark = pytest.mark.browser

TITLES = {page.path: page.title for page in PAGES}
OPEN_ALL = """() => document.querySelectorAll('details:not([open]) > summary')
    .forEach(one => one.click())"""
# Charts without words, or that no table follows; two with the same words may share one.
BARE = """() => [...document.querySelectorAll(
        '[data-testid="stVegaLiteChart"], [data-testid="stDataFrame"]')]
    .map(one => [one.dataset.testid === 'stDataFrame', one.getAttribute('aria-label')])
    .filter(([isTable, said], place, all) => {
        const [isThenTable, thenSaid] = all[place + 1] || [false, null];
        return !isTable && !(said && (isThenTable || thenSaid === said));
    })"""
# Tables of which a column stands outside of what is seen, and the tables measured.
TABLES = """() => [...document.querySelectorAll('[data-testid="stDataFrame"] .dvn-scroller')]
    .filter(one => one.clientWidth)
    .map(one => [one.closest('[role="region"]')?.getAttribute('aria-label'),
        one.scrollWidth - one.clientWidth])"""
FOLDED = "details:not([open]) > summary"
FEW, MANY = 50, 1000  # the page of definitions has hundreds
COVERED = "[inert]:is(main, :has(main))"  # axe-core passes over what lies under a dialog
NAVIGATION = "the navigation"
LIGHT = EVERY_WAY[:1]
SLOW = 180_000  # milliseconds: hundreds of definitions at once, on a busy machine
SAMPLE = (("governance", "complications"),)
# States that an address opens: narrowed until too few are left, looked back at, not permitted.
ADDRESSES = (
    ("lead", "complications", "approach=LAPAROSCOPIC"),
    ("lead", "complications", "outcome=S4_24M&period=quarter"),
    ("governance", "outcomes", "approach=LAPAROSCOPIC"),
    ("governance", "outcomes", "as_of=2025-26"),
    ("team", "cases", "as_of=2025-26"),
    ("lead", "upload", "as_of=2025-26"),
    ("commissioner", "complications", "tumour=CCA"),
    ("commissioner", "accounts", ""),
    ("uploader", "rules", "search=nothing+is+called+so"),
)


@pytest.fixture
def window(chromium, address):
    """A window that pages are opened in by their address."""
    page = chromium.new_page(viewport=DESKTOP)
    yield Look(page, address)
    page.close()


def go(look, persona, path, query=""):
    """Open an address, and wait until whatever it shows is drawn and within reach."""
    first = next(page.path for page in PAGES if may(persona, page))
    at = "" if path == first else path  # the first page is at the root alone
    look.page.goto(f"{look.url}/{at}?persona={persona}&{query}")
    drawn(look, TITLES[path])
    expect(look.page.locator(COVERED)).to_have_count(0)


def drawn(look, title):
    heading = look.page.get_by_role("heading", name=title, exact=True)
    expect(heading).to_be_visible(timeout=SLOW)
    look.page.wait_for_selector(STILL)
    look.still()


def tabs(look) -> Iterator[str]:
    """Open the tabs of a page that are not open, one after the other; gives the name of each."""
    for tab in look.page.get_by_role("tab").all():
        if tab.get_attribute("aria-selected") != "true":
            tab.click()
            look.still()
            yield f"tab {tab.inner_text()}"


def unfold(look, most=MANY):
    """Unfold everything on a page, unless it has more to unfold than that."""
    if look.page.locator(FOLDED).count() <= most:
        look.page.evaluate(OPEN_ALL)
        look.still()


def tables(look) -> tuple[int, list[str]]:
    """How many tables were measured, and which have a column outside of what is seen."""
    found = look.page.evaluate(TABLES)
    return len(found), [name for name, outside in found if outside > 1]


def fleeting(look) -> Iterator[str]:
    """What lies over a page until it is closed again."""
    page = look.page
    for name, button in (
        ("saved views", page.get_by_test_id("stPopover").filter(has_text="Saved views")),
        ("a definition", page.get_by_test_id("stPopover").filter(has_text="Definition")),
        ("choices", page.get_by_test_id("stMain").get_by_role("combobox")),
    ):
        if button.count():
            button.first.click()
            look.still()
            yield name
            page.keyboard.press("Escape")
            look.still()


@pytest.mark.parametrize(("persona", "path"), SAMPLE)
def test_a_page_breaks_no_rule_of_axe(window, persona, path):
    go(window, persona, path)
    unfold(window)
    measured, wide = tables(window)
    assert measured
    assert wide == []
    assert told(seen(window, TWO_WAYS)) == {}
    assert window.page.evaluate(BARE) == []


@pytest.mark.trial
def test_every_page_as_every_persona_in_every_state(window):
    page, runs, charts, found, bare = window.page, Counter(), 0, {}, {}
    measured, wide = 0, {}
    page.set_default_timeout(SLOW)

    def ask(state, *where, ways=EVERY_WAY):
        for way, broken in seen(window, ways):
            runs[state] += 1
            if broken:
                found[(*where, state, way)] = broken

    pages = [(who, one.path) for who in DEMO_VIEWERS for one in PAGES if may(who, one)]
    for number, (persona, path) in enumerate(pages):
        is_first = path not in {before for _, before in pages[:number]}
        go(window, persona, path)
        if is_first:
            ask("as it opens", persona, path, ways=LIGHT)
        unfold(window, MANY if is_first else FEW)
        here, outside = tables(window)
        measured += here
        if outside:
            wide[persona, path] = outside
        ask("unfolded", persona, path)
        charts += page.get_by_test_id("stVegaLiteChart").count()
        if alone := page.evaluate(BARE):
            bare[persona, path] = alone
        if is_first:
            for state in chain(tabs(window), fleeting(window)):
                ask(state, persona, path, ways=LIGHT)
    for persona in DEMO_VIEWERS:
        go(window, persona, next(path for who, path in pages if who == persona))
        page.set_viewport_size(PHONE)
        page.get_by_test_id("stExpandSidebarButton").click()
        window.still()
        runs[NAVIGATION] += 1
        if broken := violations(page):
            found[persona, NAVIGATION] = broken
        page.set_viewport_size(DESKTOP)
    for address in ADDRESSES:
        go(window, *address)
        ask("by address", *address)
    told_apart = Counter(one.impact for broken in found.values() for one in broken)
    of_tabs = sum(count for state, count in runs.items() if state.startswith("tab "))
    record(
        "trial-accessibility",
        "axe-core on every page, as every persona, in every state",
        [
            f"{len(pages)} pages, each as every persona that may, unfolded, light and dark, 1440 "
            f"and 390 px wide: {runs['unfolded']} runs",
            f"each of {runs['as it opens']} pages once as it opens, and with what can be opened on "
            f"it: {of_tabs} tabs, {runs['a definition']} definitions, {runs['choices']} boxes",
            f"the navigation of a phone, as every persona: {runs[NAVIGATION]} runs",
            "narrowed to few, looked back at, not permitted, nothing found: "
            f"{len(ADDRESSES)} addresses, {runs['by address']} runs",
            "every rule of axe-core was asked, and no element left out",
            f"violations: {', '.join(f'{told_apart[impact]} {impact}' for impact in IMPACTS)}",
            f"charts without words or without a table: {len(bare)} of {charts}",
            "tables with a column outside of what is seen, 1440 px wide: "
            f"{sum(map(len, wide.values()))} of {measured}",
        ],
    )
    assert found == {}
    assert bare == {}
    assert wide == {}


def may(persona, page):
    return DEMO_VIEWERS[persona].may(page.action)


# The states of a page that has no figure to show


@pytest.fixture
def no_data(tmp_path):
    return make_home(tmp_path / "empty")


@pytest.fixture
def our_error(changeable_home):
    """A release that lacks what a page reads."""
    for path in (changeable_home / "releases").glob("release-?.duckdb"):
        bare = path.with_suffix(".bare")
        bare.write_bytes(path.read_bytes())  # a link to the demo's own until now
        bare.replace(path)
        with duckdb.connect(str(path)) as connection:
            connection.execute("drop table fct_compliance_fact")
    return changeable_home


@pytest.fixture
def ledger_away(changeable_home):
    """A ledger that somebody else holds for himself."""
    with sqlite3.connect(changeable_home / "ledger.sqlite") as holder:
        holder.execute("pragma locking_mode = exclusive")
        holder.execute("begin exclusive")
        yield changeable_home
        holder.rollback()
    holder.close()


@pytest.mark.parametrize(
    ("state", "said"),
    [
        pytest.param("no_data", "No data yet", marks=pytest.mark.trial),
        pytest.param("our_error", "our error, not yours", marks=pytest.mark.trial),
        pytest.param("ledger_away", "busy for more than", marks=pytest.mark.trial),
    ],
)
def test_a_page_without_figures_breaks_no_rule_of_axe(request, chromium, serve, state, said):
    address = serve(request.getfixturevalue(state))
    page = chromium.new_page(viewport=DESKTOP)
    page.goto(f"{address}/compliance?persona=governance")
    expect(page.get_by_test_id("stMain").get_by_text(said)).to_be_visible(timeout=40_000)
    assert told(seen(Look(page, address))) == {}
    page.close()
