"""axe-core in a page of the dashboard: what it finds, in both themes and at both widths."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from playwright.sync_api import Page, ViewportSize

from tests.browser.conftest import DESKTOP, PHONE, Look

SOURCE = Path(__file__).parent / "axe" / "node_modules" / "axe-core" / "axe.min.js"
# A colour on its way from one theme to the other has the contrast of neither.
ARRIVED = """() => Promise.allSettled(document.getAnimations()
    .filter(one => one instanceof CSSTransition).map(one => one.finished))"""
RUN = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations.flatMap(
    found => found.nodes.map(node =>
        [found.impact, found.id, node.html.slice(0, 200), node.failureSummary]))"""
IMPACTS = ("critical", "serious", "moderate", "minor")
Ways = Sequence[tuple[Literal["light", "dark"], ViewportSize]]
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# The width changes once: charts are drawn anew for another.
EVERY_WAY = tuple((scheme, size) for size in (DESKTOP, PHONE) for scheme in SCHEMES)
TWO_WAYS = (EVERY_WAY[0], EVERY_WAY[-1])  # light on a desktop, dark on a phone


class Violation(NamedTuple):
    """One element that breaks one rule, and how badly."""

    impact: str
    rule: str
    element: str
    why: str


@cache
def source() -> str:
    return SOURCE.read_text("utf-8")


def violations(page: Page) -> list[Violation]:
    """What breaks a rule in a page as it stands; every rule of axe-core is asked."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(source())  # past the policy that a page may load no script of others
    page.evaluate(ARRIVED)
    found: list[list[Any]] = page.evaluate(RUN)
    return [Violation(*one) for one in found]


def seen(look: Look, ways: Ways = EVERY_WAY) -> Iterator[tuple[str, list[Violation]]]:
    """The violations of a page in light and dark, on a desktop and a phone; then as it was."""
    for scheme, size in ways:
        look.page.emulate_media(color_scheme=scheme)
        look.page.set_viewport_size(size)
        look.still()
        yield f"{scheme}, {size['width']} px", violations(look.page)
    look.page.emulate_media(color_scheme="light")
    look.page.set_viewport_size(DESKTOP)
    look.still()


def told(found: Iterable[tuple[str, list[Violation]]]) -> dict[str, list[Violation]]:
    """Where something was found, and what."""
    return {where: broken for where, broken in found if broken}
