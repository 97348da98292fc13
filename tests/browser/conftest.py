"""Fixtures: the dashboard served on a demo home, and a real Chromium that looks at it."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    Page,
    Playwright,
    TimeoutError,
    expect,
    sync_playwright,
)
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.conftest import copy_of

QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
TABLES = """() => [...document.querySelectorAll('[data-testid="stDataFrame"] canvas table')]
    .map(one => [...one.querySelectorAll('tr')]
    .map(row => [...row.querySelectorAll('th, td')].map(cell => cell.textContent)))"""
TOO_WIDE = """() => [...document.querySelectorAll('[data-testid="stMain"] *')]
    .filter(one => one.getBoundingClientRect().right > innerWidth + 1
        && !one.closest('[data-testid="stDataFrame"], [role="tablist"], details:not([open])'))
    .map(one => one.tagName + ' ' + (one.dataset.testid || one.textContent))"""
UNDRAWN = '[data-testid="stVegaLiteChart"]:not(:has(svg))'
STILL = '[data-testid="stApp"][data-test-script-state="notRunning"]'
TABLES_LAG = 250  # a table says its cells to a screen reader that much after it is drawn

# A shared machine may stand still for a while; what hangs is still found.
PATIENCE_MS = 90_000
expect.set_options(timeout=PATIENCE_MS)


@dataclass
class Look:
    """One browser window on the dashboard, and what went wrong in it."""

    page: Page
    url: str
    wrong: list[str] = field(default_factory=list)
    finished: int = 0  # runs of the page's script, so far as the browser was told

    def __post_init__(self) -> None:
        self.page.on("websocket", lambda one: one.on("framereceived", self._heard))

    def _heard(self, frame: str | bytes) -> None:
        message = ForwardMsg()
        message.ParseFromString(frame if isinstance(frame, bytes) else frame.encode())
        self.finished += message.WhichOneof("type") == "script_finished"

    def at(self, persona: str, title: str, first: str = "Home") -> Look:
        """Open a page as a persona, as a person does: at the root, then by its link.

        Args:
            first: the page at the root, which is another for who may not open Home.
        """
        self.page.goto(f"{self.url}/?persona={persona}")
        self.settle(first)
        if title != first:
            self.page.get_by_test_id("stSidebarNavLink").filter(has_text=title).click()
            self.settle(title)
        return self

    def settle(self, title: str) -> None:
        """Wait until the page has been drawn and nothing is being worked on."""
        expect(self.page.get_by_role("heading", name=title, exact=True)).to_be_visible()
        self.still()

    def still(self) -> None:
        """Wait until a change has been drawn."""
        self.page.wait_for_timeout(150)
        self.page.wait_for_selector(STILL)
        expect(self.page.get_by_test_id("stSkeleton")).to_have_count(0)
        # A chart in a tab that is not open is drawn when it is.
        expect(self.page.locator(UNDRAWN).filter(visible=True)).to_have_count(0)

    def choose(self, control: str, option: str) -> None:
        """Pick another option of a select box, both by words in them; wait until it is drawn."""
        box = self.page.get_by_test_id("stSelectbox").filter(has_text=control)
        box.scroll_into_view_if_needed()
        self.still()  # what comes into view is drawn first
        box.click()
        before = self.finished
        self.page.get_by_role("option", name=option).click()
        self.answered(option, before)

    def answered(self, option: str, before: int) -> None:
        """Wait until what was chosen has been answered by the server, and drawn.

        Args:
            before: the runs of the page's script that had finished when it was chosen.
        """
        for _ in range(400):  # a busy server may begin late
            self.page.wait_for_timeout(50)
            if self.finished > before:
                break
        assert self.finished > before, f"{option} was chosen, and nothing followed"
        self.still()
        self.page.wait_for_timeout(TABLES_LAG)

    def text(self) -> str:
        return _plain(self.page.get_by_test_id("stMain").inner_text())

    def number(self, title: str) -> str:
        """The number of the tile with this title."""
        label = self.page.get_by_test_id("stMetric").filter(has_text=title)
        return label.get_by_test_id("stMetricValue").first.inner_text()

    def tile(self, title: str) -> str:
        """All that the tile with this title says."""
        box = self.page.get_by_test_id("stVerticalBlock").filter(has_text=title)
        return _plain(box.filter(has=self.page.get_by_test_id("stMetric")).last.inner_text())

    def drawn(self) -> list[str]:
        """The words in the charts."""
        return self.page.locator('[data-testid="stVegaLiteChart"] svg text').all_text_contents()

    def table(self, heading: str, holding: str = "") -> list[dict[str, str]]:
        """The rows of the first table that has this heading, as a screen reader hears them.

        Args:
            holding: what stands in a cell; a table says its rows once they are drawn.
        """
        for _ in range(50):  # a table is drawn after the page, as soon as it is in view
            found: list[list[list[str]]] = self.page.evaluate(TABLES)
            for head, *rows in found:
                if heading in head and any(holding in cell for row in rows for cell in row):
                    return [dict(zip(head, row, strict=False)) for row in rows]
            self.page.wait_for_timeout(200)
        raise AssertionError(f"no table with {heading} {holding}")

    def fits_a_phone(self) -> None:
        """Nothing runs out of a window of a phone's width."""
        self.page.set_viewport_size(PHONE)
        self.still()
        for _ in range(30):  # a chart is drawn anew for the narrower window
            wide: list[str] = self.page.evaluate(TOO_WIDE)
            if not wide:
                break
            self.page.wait_for_timeout(200)
        assert not wide, wide[:3]
        scrolls = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert scrolls <= 0
        self.page.set_viewport_size(DESKTOP)


def _plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@contextmanager
def served(home: Path) -> Iterator[str]:
    """A dashboard on a demo home, by its address; stopped at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "dashboard", "--home", str(home), "--demo"]
    server = subprocess.Popen([*command, "--port", str(port)], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        yield _address(server)
    finally:
        server.terminate()
        server.wait(timeout=20)
        server.stdout.close()


def _address(server: subprocess.Popen[str]) -> str:
    assert server.stdout is not None
    for line in server.stdout:
        if line.startswith("Dashboard ready at "):
            return line.removeprefix("Dashboard ready at ").strip()
    raise AssertionError(f"the dashboard ended with {server.wait()}")


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[[Path], str]]:
    """Start a dashboard on a demo home; gives its address. All are stopped with the file's tests:
    each takes memory, and looks for work to do.
    """
    with ExitStack() as running:
        yield lambda home: running.enter_context(served(home))


@pytest.fixture(scope="session")
def address(demo_home: Path) -> Iterator[str]:
    with served(demo_home) as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = _launched(playwright)
        yield browser
        browser.close()


def _launched(playwright: Playwright) -> Browser:
    """Chromium; started once more where a machine that stands still did not get it started."""
    launch = partial(
        playwright.chromium.launch, executable_path="/usr/bin/chromium", args=QUIET,
        timeout=PATIENCE_MS,
    )  # fmt: skip
    try:
        return launch()
    except TimeoutError:
        return launch()


@pytest.fixture
def look(chromium: Browser, address: str) -> Iterator[Look]:
    """A window on the demo; afterwards, no error and no request to another host."""
    yield from _look(chromium, address)


@pytest.fixture(scope="module")
def shared_home(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the demo that the tests of a file change one after another, served once.

    Each moves cases of its own, and looks at nothing of the others'.
    """
    return copy_of(demo_home, tmp_path_factory.mktemp("shared") / "home")


@pytest.fixture(scope="module")
def shared_address(serve: Callable[[Path], str], shared_home: Path) -> str:
    return serve(shared_home)


@pytest.fixture
def look_at_the_shared(chromium: Browser, shared_address: str) -> Iterator[Look]:
    """A window on the copy that the tests of a file share."""
    yield from _look(chromium, shared_address)


@pytest.fixture
def look_at_a_copy(chromium: Browser, changeable_home: Path) -> Iterator[Look]:
    """A window on a copy of the demo of the test's own, in which something may be sent."""
    with served(changeable_home) as address:
        yield from _look(chromium, address)


def _look(chromium: Browser, address: str) -> Iterator[Look]:
    page = chromium.new_page(viewport=DESKTOP)
    page.set_default_timeout(PATIENCE_MS)
    window = Look(page, address)
    page.on("console", lambda m: window.wrong.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: window.wrong.append(str(error)))
    page.on(
        "request",
        lambda asked: (
            None
            if asked.url.startswith((address, "data:", "blob:"))
            else window.wrong.append(asked.url)
        ),
    )
    yield window
    page.close()
    assert not window.wrong
