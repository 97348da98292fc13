"""The screenshots of the guides: docs/images/*.png, taken of a demo home.

`make screenshots` takes them anew. Each is one window of the page as it stands, light, with no more
colours than a palette holds: they stay small enough to be kept beside the text.
"""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import DESKTOP, PHONE, QUIET, Look, served

IMAGES = Path(__file__).parents[2] / "docs" / "images"
COLOURS = 128


@dataclass(frozen=True)
class Shot:
    """A window on a page as a persona, from one of its headings down."""

    name: str
    persona: str
    page: str
    heading: str = ""
    chosen: tuple[tuple[str, str], ...] = ()
    window: dict[str, int] | None = None


SHOTS = (
    Shot("funnel", "team", "Complications", "One outcome, site by site"),
    Shot("site-home", "lead", "Home"),
    Shot("site-first", "lead", "Home", "Mend these first"),
    Shot("site-upload", "lead", "Upload"),
    Shot("site-findings", "lead", "Submissions", "Findings"),
    Shot("site-phone", "lead", "Home", window=PHONE),
    Shot("governance-home", "governance", "Home"),
    Shot("governance-funnel", "governance", "Complications", "One outcome, site by site"),
    Shot(
        *("governance-cusum", "governance", "Complications", "CUSUM"),
        chosen=(("Follow in order of time", "Elverstone Hospital"),),
    ),
    Shot("governance-case", "governance", "Cases", "One case"),
    Shot("commissioner-home", "commissioner", "Home"),
    Shot("commissioner-returns", "commissioner", "Compliance", "Returns and case ascertainment"),
)


def main(home: Path, names: list[str]) -> None:
    IMAGES.mkdir(exist_ok=True)
    with served(home) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=QUIET)
        for shot in SHOTS:
            if not names or shot.name in names:
                taken = _small(_taken(browser, address, shot))
                (IMAGES / f"{shot.name}.png").write_bytes(taken)
        browser.close()


def _taken(browser: Browser, address: str, shot: Shot) -> bytes:
    page = browser.new_page(viewport=DESKTOP, color_scheme="light", reduced_motion="reduce")
    look = Look(page, address).at(shot.persona, shot.page)
    for control, option in shot.chosen:
        look.choose(control, option)
    if shot.window is not None:
        page.set_viewport_size(shot.window)
        look.still()
    if shot.heading:
        said = page.locator('[data-testid="stMain"] :is(h2, h3, strong)')
        heading = said.filter(has_text=shot.heading).first
        heading.evaluate("one => one.scrollIntoView({block: 'start'})")
        look.still()  # what comes into view is drawn now, and may move what is below it
        heading.evaluate("one => one.scrollIntoView({block: 'start'})")
        page.mouse.wheel(0, -16)
        look.still()
    taken = page.screenshot()
    page.close()
    return taken


def _small(picture: bytes) -> bytes:
    kept = io.BytesIO()
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(kept, "PNG", optimize=True)
    return kept.getvalue()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
