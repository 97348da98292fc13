"""Every page at 60 sites over ten years: a click, a cold start, 50 sessions, ten minutes."""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import sync_playwright

from dashboard import data, warm
from dashboard.viewer import DEMO
from tests.benchmarks import sixty_sites
from tests.browser.conftest import DESKTOP, QUIET
from tests.browser.sign_in import free_port
from tests.records import ROOT, record

pytestmark = pytest.mark.benchmark

HOME = ROOT / ".bench" / "sixty-sites"
SWITCHES = 40  # of each persona
PERSONAS = ("lead", "governance", "commissioner", "team")
SESSIONS = 50
PROCESSES = 2  # one a core
SOAK_SECONDS = 660
WARMING_SECONDS = 60
# A figure of the page: a number, a chart or a table, and where a page has none of them its words;
# nothing of the page before, that is fading.
WATCH = """([title]) => new Promise((done, failed) => {
    setTimeout(() => failed(new Error('no figure of ' + title)), 15000);
    const begun = performance.now();
    const figures = '[data-testid="stMetric"], [data-testid="stVegaLiteChart"] svg,'
        + ' [data-testid="stDataFrame"] canvas';
    const words = '[data-testid="stText"], [data-testid="stAlert"], [data-testid="stMarkdown"]';
    const ended = '[data-testid="stApp"][data-test-script-state="notRunning"]';
    const long = [];
    const frames = new PerformanceObserver(list => long.push(...list.getEntries()));
    frames.observe({type: 'long-animation-frame'});
    // What stands when a frame is drawn is painted in it. Of a long frame the browser says when it
    // was presented; another took 50 ms at most. The next one is no measure: it comes after all
    // else that the page draws by then.
    const painted = seen => setTimeout(() => {
        const frame = long.find(
            one => one.renderStart <= seen && seen <= one.startTime + one.duration);
        done((frame ? frame.presentationTime : seen + 50) - begun);
    }, 1000);
    const look = () => {
        const main = document.querySelector('[data-testid="stMain"]');
        const head = main && main.querySelector('h1');
        const has = wanted => [...main.querySelectorAll(wanted)].some(
            one => !one.closest('[data-stale="true"]')
                && head.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING);
        const hasEnded = document.querySelector(ended) !== null;
        const isThere = head && head.textContent.trim() === title
            && !head.closest('[data-stale="true"]')
            && (has(figures) || (hasEnded && has(words)));
        if (isThere) painted(performance.now());
        else requestAnimationFrame(look);
    };
    if (window.pressed) window.pressed.click();
    look();
})"""


class Served:
    """The dashboard's servers on the home, started as `python -m dashboard` does."""

    def __init__(self, processes=1):
        self.processes = processes

    def __enter__(self):
        self.first = free_port(self.processes)
        ports = range(self.first, self.first + self.processes)
        begun = time.monotonic()
        self.servers = [self._started(port) for port in ports]
        for server, port in zip(self.servers, ports, strict=True):
            assert warm.up(server, "127.0.0.1", port)
        self.seconds_to_ready = time.monotonic() - begun
        self.addresses = [f"127.0.0.1:{port}" for port in ports]
        return self

    def _started(self, port):
        command = [sys.executable, "-m", "tests.benchmarks.many_viewers"]
        return subprocess.Popen(
            [*command, "--address", "127.0.0.1", "--port", str(port)],
            env=os.environ | {data.HOME: str(HOME), DEMO: "1", "PYTHONPATH": str(ROOT)},
            cwd=ROOT,
        )

    def megabytes(self):
        """What of the servers' memory is resident."""
        told = [Path(f"/proc/{one.pid}/status").read_text() for one in self.servers]
        return sum(int(status.split("VmRSS:")[1].split()[0]) for status in told) / 1024

    def __exit__(self, *_):
        for server in self.servers:
            server.terminate()
        for server in self.servers:
            server.wait(20)


@pytest.fixture(scope="module")
def counts():
    home = sixty_sites.fill(HOME)
    with duckdb.connect(
        str(next(home.path.glob("releases/release-1.duckdb"))), read_only=True
    ) as it:
        return [
            it.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("dim_site", "fct_procedure", "stg_pulse_delivery")
        ]


@pytest.fixture
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=QUIET)
        yield browser
        browser.close()


def p95(found):
    return statistics.quantiles(found, n=20)[-1]


def switched(page, title):
    """Milliseconds from the click on a page's link to its title and first figure, painted."""
    link = page.get_by_test_id("stSidebarNavLink").filter(has_text=title)
    link.evaluate("one => { window.pressed = one; }")
    took = page.evaluate(WATCH, [title])
    page.evaluate("window.pressed = null")
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
    return took


def test_a_switch_of_pages_and_a_cold_start(counts, chromium):
    cold, found, slowest = [], [], {}
    for _ in range(3):
        with Served() as served:
            page = chromium.new_context(viewport=DESKTOP).new_page()
            begun = time.monotonic()
            page.goto(f"http://{served.addresses[0]}/?persona=lead")
            seconds = time.monotonic() - begun
            seconds += page.evaluate(WATCH, ["Home"]) / 1000
            cold.append((served.seconds_to_ready, seconds))
            page.context.close()
    with Served() as served:
        for persona in PERSONAS:
            page = chromium.new_context(viewport=DESKTOP).new_page()
            page.goto(f"http://{served.addresses[0]}/?persona={persona}")
            page.evaluate(WATCH, ["Home"])
            page.wait_for_timeout(1000)
            links = page.get_by_test_id("stSidebarNavLink").all_inner_texts()
            titles = [text.strip().split("\n")[-1] for text in links]
            titles = [title for title in titles if title not in UNMEASURED]
            for title in titles:
                switched(page, title)  # the first view of a page is not warm
            for place in range(SWITCHES):
                title = titles[(place + 1) % len(titles)]
                took = switched(page, title)
                found.append(took)
                slowest.setdefault((persona, title), []).append(took)
                page.wait_for_timeout(300)
            page.context.close()
    by_page = sorted(
        ((statistics.median(one), name) for name, one in slowest.items()), reverse=True
    )
    record(
        "benchmark-page-switch",
        "60 sites × 10 years in Chromium: a warm switch of pages, and a cold start",
        [
            "{} sites, {:,} procedures, {:,} pulse rows".format(*counts),
            f"click to title and first figure painted: {len(found)} switches,"
            f" median {statistics.median(found):.0f} ms (bound 400),"
            f" p95 {p95(found):.0f} ms (bound 700), worst {max(found):.0f} ms",
            "slowest pages (median): "
            + "; ".join(
                f"{title} as {persona} {took:.0f} ms" for took, (persona, title) in by_page[:5]
            ),
            "cold start: "
            + "; ".join(
                f"ready after {ready:.1f} s, first paint {paint:.2f} s" for ready, paint in cold
            )
            + " (bound of the paint 3 s)",
        ],
    )
    assert statistics.median(found) <= 400
    assert p95(found) <= 700
    assert max(paint for _, paint in cold) <= 3


UNMEASURED = ("Upload",)  # holds a form, no figure


def test_fifty_sessions_for_ten_minutes(counts):
    with Served(PROCESSES) as served:
        before = served.megabytes()
        sites = list(sixty_sites.codes())[: SESSIONS - 5]
        command = [sys.executable, "-m", "tests.benchmarks.sessions", ",".join(served.addresses)]
        clients = subprocess.Popen(
            [*command, str(SOAK_SECONDS), *sites], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        begun, held = time.monotonic(), []
        while clients.poll() is None and time.monotonic() - begun < SOAK_SECONDS - 5:
            time.sleep(10)
            held.append((time.monotonic() - begun, served.megabytes()))
        runs = json.loads(clients.communicate()[0])
    warm_runs = [run for run in runs if run[0] >= WARMING_SECONDS]
    took = [run[-1] for run in warm_runs]
    by_kind = {
        (page, kind): p95([one[-1] for one in warm_runs if one[1:3] == [page, kind]])
        for page, kind in {(run[1], run[2]) for run in warm_runs}
        if sum(one[1:3] == [page, kind] for one in warm_runs) >= 20
    }
    slowest = sorted(by_kind.items(), key=lambda one: -one[1])[:6]
    middle = [mb for at, mb in held if SOAK_SECONDS / 2 - 60 < at < SOAK_SECONDS / 2 + 60]
    last = [mb for at, mb in held if at > SOAK_SECONDS - 120]
    a_session = (max(mb for _, mb in held) - before) / SESSIONS
    record(
        "benchmark-fifty-sessions",
        f"60 sites × 10 years: {SESSIONS} sessions at 3 s to think, {SOAK_SECONDS // 60} minutes",
        [
            f"served by {PROCESSES} processes on {os.cpu_count()} cores, which the clients share",
            "{} sites, {:,} procedures, {:,} pulse rows".format(*counts),
            f"runs of a page: {len(runs):,}, of which {len(took):,} after the first"
            f" {WARMING_SECONDS} s: median {statistics.median(took):.0f} ms,"
            f" p95 {p95(took):.0f} ms (bound 500), worst {max(took):.0f} ms",
            "slowest (p95): "
            + "; ".join(f"{page} ({kind}) {ms:.0f} ms" for (page, kind), ms in slowest),
            f"memory: {before:.0f} MB before, {max(mb for _, mb in held):.0f} MB at most,"
            f" {a_session:.1f} MB a session (bound 15); {statistics.mean(middle):.0f} MB in the"
            f" middle, {statistics.mean(last):.0f} MB at the end",
        ],
    )
    assert p95(took) <= 500
    assert a_session <= 15
    assert statistics.mean(last) - statistics.mean(middle) <= 0.05 * statistics.mean(middle)
