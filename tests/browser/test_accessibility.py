"""Every page for everybody: axe-core's rules, the keyboard alone, less motion, light and dark."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator

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
AS_IT_OPENS, UNFOLDED = "as it opens", "everything unfolded"
SLOW = 180_000  # milliseconds: hundreds of definitions at once, on a busy machine
SAMPLE = (
    ("governance", "complications"),
    ("commissioner", "home"),
    ("team", "cases"),
)
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
    """Open an address, and wait until whatever it shows is drawn."""
    at = "" if path == "home" else path
    look.page.goto(f"{look.url}/{at}?persona={persona}&{query}")
    drawn(look, TITLES[path])


def drawn(look, title):
    heading = look.page.get_by_role("heading", name=title, exact=True)
    expect(heading).to_be_visible(timeout=SLOW)
    look.page.wait_for_selector(STILL)
    look.still()


def states(look) -> Iterator[str]:
    """Open what is folded on a page, one after the other; gives the name of what is open."""
    page = look.page
    yield AS_IT_OPENS
    for tab in page.get_by_role("tab").all():
        if tab.get_attribute("aria-selected") != "true":
            tab.click()
            look.still()
            yield f"tab {tab.inner_text()}"
    if page.locator('[data-testid="stExpander"]').count():
        page.evaluate(OPEN_ALL)
        look.still()
        yield UNFOLDED


def fleeting(look) -> Iterator[str]:
    """What lies over a page until it is closed again."""
    page = look.page
    for name, button in (
        ("a definition", page.get_by_test_id("stPopover").get_by_role("button")),
        ("the choices of a box", page.get_by_test_id("stMain").get_by_role("combobox")),
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
    window.page.evaluate(OPEN_ALL)
    window.still()
    assert told(seen(window, TWO_WAYS)) == {}
    assert window.page.evaluate(BARE) == []


@pytest.mark.trial
def test_every_page_as_every_persona_in_every_state(window):
    page, pages, runs, charts, found, bare = window.page, 0, 0, 0, {}, {}
    page.set_default_timeout(SLOW)
    for persona, viewer in DEMO_VIEWERS.items():
        for path in (one.path for one in PAGES if viewer.may(one.action)):
            go(window, persona, path)
            pages += 1
            for state in states(window):
                ways = EVERY_WAY if state == AS_IT_OPENS else TWO_WAYS
                runs += len(ways)
                broken = told(seen(window, ways))
                found |= {(persona, path, state, way): one for way, one in broken.items()}
            charts += page.get_by_test_id("stVegaLiteChart").count()
            if alone := page.evaluate(BARE):
                bare[persona, path] = alone
            for state in fleeting(window):
                runs += 1
                found[persona, path, state, ""] = violations(page)
        page.set_viewport_size(PHONE)
        page.get_by_test_id("stExpandSidebarButton").click()
        window.still()
        runs += 1
        found[persona, "", "the navigation of a phone", ""] = violations(page)
        page.set_viewport_size(DESKTOP)
    for persona, path, query in ADDRESSES:
        go(window, persona, path, query)
        runs += len(EVERY_WAY)
        broken = told(seen(window))
        found |= {(persona, path, query, way): one for way, one in broken.items()}
    impacts = Counter(one.impact for broken in found.values() for one in broken)
    record(
        "trial-accessibility",
        "axe-core on every page, as every persona, in every state",
        [
            f"{pages} pages, each as every persona that may, and {len(ADDRESSES)} more by address: "
            "narrowed to few, looked back at, not permitted, nothing found",
            "each as it opens, in each tab, unfolded, with a definition open and the choices of a "
            "box; the navigation of a phone",
            "light and dark, 1440 and 390 px wide",
            f"{runs} runs of axe-core, every rule asked and no element left out",
            f"charts without words or without a table: {len(bare)} of {charts}",
            f"violations: {', '.join(f'{impacts[impact]} {impact}' for impact in IMPACTS)}",
        ],
    )
    assert {where: broken for where, broken in found.items() if broken} == {}
    assert bare == {}


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
        ("no_data", "No data yet"),
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
