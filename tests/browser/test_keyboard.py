"""The dashboard by the keyboard alone, from a cold page; and with less motion."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

# What the keyboard is on: its kind, its name, and how wide the ring round it is.
HERE = """() => {
    const here = document.activeElement, seen = getComputedStyle(here);
    return {
        kind: here.getAttribute('role') || here.tagName.toLowerCase(),
        name: here.getAttribute('aria-label') || here.innerText || '',
        ring: seen.outlineStyle === 'none' ? 0 : parseFloat(seen.outlineWidth),
        isInput: here.matches('input, textarea'),
    };
}"""
SLOWEST = """() => Math.max(...[...document.querySelectorAll('*')].flatMap(one => {
    const seen = getComputedStyle(one);
    return [...seen.transitionDuration.split(', '), ...seen.animationDuration.split(', ')]
        .map(parseFloat);
}))"""
MOST_STOPS = 60
CELLS = ("td", "gridcell", "columnheader")  # of a table, which draws its own ring
JOURNEYS = (
    ("governance", "Home", "Complications", "Period", "12 months"),
    pytest.param(
        *("commissioner", "Home", "Complications", "Period", "12 months"), marks=pytest.mark.trial
    ),
)


def walk(page, until, most=MOST_STOPS):
    """Press Tab until something is reached whose kind and name fit; every stop is well marked."""
    stops = []
    for _ in range(most):
        page.keyboard.press("Tab")
        here = page.evaluate(HERE)
        if here["kind"] == "body":  # at the end of the page, before it begins again
            continue
        assert here["name"].strip(), f"{here['kind']} has no name, after {stops[-3:]}"
        is_marked = here["isInput"] or here["kind"] in CELLS or here["ring"] >= 2
        assert is_marked, f"{here['name']} is not marked"
        if until(here):
            return here
        stops.append(here["name"])
    raise AssertionError(f"not reached; passed: {stops}")


def called(name, *kinds):
    return lambda here: here["kind"] in kinds and re.match(name, here["name"]) is not None


@pytest.mark.parametrize(("persona", "first", "title", "box", "choice"), JOURNEYS)
def test_from_a_cold_page_to_a_page_a_filter_a_table_and_a_file(
    look, persona, first, title, box, choice
):
    page = look.at(persona, first).page
    walk(page, called("Skip to main content", "a"))
    walk(page, called(title, "a"))
    page.keyboard.press("Enter")
    look.settle(title)
    walk(page, called(box, "combobox"))
    page.keyboard.press("ArrowDown")
    page.keyboard.type(choice)
    page.keyboard.press("Enter")
    page.wait_for_url("**period=*")
    look.still()
    walk(page, called("", "canvas"))
    walk(page, called("Download", "button"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="CSV", exact=True)).to_be_focused()
    with page.expect_download() as given:
        page.keyboard.press("Enter")
    assert given.value.suggested_filename.endswith(".csv")


def test_the_first_stop_skips_the_navigation(look):
    page = look.at("lead", "Home").page
    page.keyboard.press("Tab")
    assert page.evaluate(HERE)["name"] == "Skip to main content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_nothing_moves_where_less_motion_is_asked_for(look):
    page = look.page
    page.emulate_media(reduced_motion="reduce")
    look.at("lead", "Home")
    assert page.evaluate(SLOWEST) <= 0.001
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(SLOWEST) > 0.1


def test_tables_follow_a_change_of_theme_where_less_motion_is_asked_for(look):
    page = look.page
    page.emulate_media(reduced_motion="reduce")
    tables = look.at("lead", "Home").page.get_by_test_id("stDataFrame")
    table = tables.filter(visible=True).first
    table.scroll_into_view_if_needed()
    for scheme, ground in (("light", (255, 255, 255)), ("dark", (20, 25, 30))):
        page.emulate_media(color_scheme=scheme)
        look.still()
        colours = Image.open(BytesIO(table.screenshot())).convert("RGB").getcolors(100_000)
        assert max(colours)[1] == ground


def test_what_lies_over_a_dark_page_is_read_as_on_it(look):
    page = look.page
    page.emulate_media(color_scheme="dark")
    look.at("lead", "Home")
    captions = page.get_by_test_id("stCaptionContainer").locator("p")
    on_page = captions.first.evaluate("one => getComputedStyle(one).color")
    page.get_by_test_id("stPopover").filter(has_text="Saved views").get_by_role("button").click()
    over = page.get_by_test_id("stPopoverBody").get_by_test_id("stCaptionContainer").locator("p")
    assert over.first.evaluate("one => getComputedStyle(one).color") == on_page
    assert on_page == "rgb(174, 184, 191)"


def test_a_change_of_theme_is_seen_at_once_by_pages_and_charts(look):
    page = look.at("lead", "Compliance").page
    ink = '[data-testid="stVegaLiteChart"] text[fill="#212B32"]'
    seen = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        look.still()
        seen[scheme] = [
            page.evaluate(
                "([selector, name]) => getComputedStyle(document.querySelector(selector))[name]",
                [selector, name],
            )
            for selector, name in (('[data-testid="stApp"]', "backgroundColor"), (ink, "fill"))
        ]
    assert seen["light"] == ["rgb(255, 255, 255)", "rgb(33, 43, 50)"]
    assert seen["dark"] == ["rgb(20, 25, 30)", "rgb(232, 236, 239)"]


def test_what_a_button_unfolds_at_the_end_of_the_window_can_be_read(look):
    page = look.at("governance", "Complications").page
    button = page.get_by_test_id("stPopover").get_by_role("button", name="Definition").first
    place = button.bounding_box()
    page.set_viewport_size({"width": 1440, "height": int(place["y"] + place["height"]) + 80})
    button.click()
    body = page.get_by_test_id("stPopoverBody")
    expect(body).to_contain_text("Out of")
    unfolded = body.bounding_box()
    assert unfolded["height"] >= 200
    assert unfolded["y"] >= 0
    assert unfolded["y"] + unfolded["height"] <= page.viewport_size["height"]
