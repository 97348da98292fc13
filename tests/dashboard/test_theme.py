"""Colours: seen, told apart by everybody, and each with its partner on a dark page."""

from __future__ import annotations

import itertools
import json
import re

import numpy as np
import pytest

from dashboard import theme
from dashboard.dressing import FOLDER
from dashboard.options import OPTIONS
from tests.dashboard import test_charts, test_charts_order, test_charts_outcomes
from tests.dashboard.test_charts_selection import CHARTS
from tests.dashboard.test_charts_selection import spec as selection_spec

PAGES = {
    mode: [
        OPTIONS[f"theme.{mode}.{name}"] for name in ("backgroundColor", "secondaryBackgroundColor")
    ]
    for mode in ("light", "dark")
}
# How the eye without one kind of cone sees linear RGB (Machado, Oliveira, Fernandes 2009).
SEEN_BY = {
    "all": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
TEXT, SIGN = 4.5, 3.0  # WCAG 2.2, 1.4.3 and 1.4.11
TOLD_APART = 8.0  # CIE76; about 2 can just be seen side by side


def of(mode, colour):
    """A colour of a chart as it is seen in that mode."""
    return colour if mode == "light" else theme.DARK[colour]


def linear(colour):
    colour = {"white": "#FFFFFF"}.get(colour, colour)
    parts = np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    lights = sorted(float(np.dot(linear(colour), TO_XYZ[1])) for colour in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def lab(rgb):
    xyz = np.array(TO_XYZ) @ rgb / np.array([0.9505, 1, 1.089])
    root = np.where(xyz > 0.008856, np.cbrt(np.clip(xyz, 0, None)), 7.787 * xyz + 16 / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def test_contrast_is_that_of_the_guideline():
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21)
    assert contrast("#FFFFFF", "#767676") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_of_a_page_is_read_on_it(mode):
    rule = re.search(r"light-dark\((#\w{6}), (#\w{6})\)", (FOLDER / "look.css").read_text("utf-8"))
    of_captions = rule[1 if mode == "light" else 2]
    for name in ("textColor", "linkColor", "primaryColor"):
        for page in PAGES[mode]:
            assert contrast(OPTIONS[f"theme.{mode}.{name}"], page) >= TEXT
            assert contrast(of_captions, page) >= TEXT


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_of_a_chart_is_read_on_the_page_and_on_the_marks_that_bear_it(mode):
    page = PAGES[mode][0]
    assert contrast(of(mode, "white"), page) == pytest.approx(1)
    for text in (theme.INK, theme.MUTED):
        assert contrast(of(mode, text), page) >= TEXT
    for mark in (theme.ACCENT, theme.GREEN, theme.VERMILION, theme.GREY):
        assert contrast(of(mode, "white"), of(mode, mark)) >= TEXT
    for mark in ("#F3F5F7", "#DCE6F2", "#5B94D0", "#9DB9D6", "#A3ABB1", "#C5CBCF", "#F0A868"):
        assert contrast(of(mode, theme.INK), of(mode, mark)) >= TEXT


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_sign_of_a_state_is_seen_on_a_cell(mode):
    bearing_text = "without the event"  # a bar, which its number and its place say
    for state, colour in theme.STATE_COLOURS.items():
        if state != bearing_text:
            assert contrast(of(mode, colour), of(mode, "#F3F5F7")) >= SIGN, state


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("eye", SEEN_BY)
def test_the_colours_of_categories_are_told_apart_by_every_eye(mode, eye):
    seen = {
        colour: lab(np.clip(np.array(SEEN_BY[eye]) @ linear(of(mode, colour)), 0, 1))
        for colour in (*theme.CATEGORIES, theme.GREY)
    }
    for one, other in itertools.combinations(seen, 2):
        assert np.linalg.norm(seen[one] - seen[other]) >= TOLD_APART, (one, other)


def every_spec():
    yield from (test_charts.spec(name) for name in test_charts.DRAWN)
    yield from (selection_spec(name, 5) for name in CHARTS)
    yield from test_charts_outcomes.every_chart("five")
    found = test_charts_order.order(*test_charts_order.SIZES["five"])
    yield from test_charts_order.drawn(found).values()


def test_every_colour_of_every_chart_has_its_partner_on_a_dark_page():
    found = set()
    for spec in every_spec():
        bare = {name: part for name, part in spec.items() if name not in ("data", "datasets")}
        found |= set(re.findall(r"#[0-9A-Fa-f]{6}|(?<=\")white(?=\")", json.dumps(bare)))
    assert len(found) > 15
    assert found <= set(theme.DARK)
    for colour in found:
        assert f'[fill="{colour}"] {{ fill: light-dark(' in theme.dark_rules()


@pytest.mark.parametrize(
    ("state", "shape", "is_hollow"),
    [
        ("met", "circle", False),
        ("alert", "triangle-up", False),
        ("not met", "triangle-up", False),
        ("alarm", "square", False),
        ("outcome unknown", "circle", True),
        ("cannot tell", "circle", True),
    ],
)
def test_a_mark_is_drawn_as_its_symbol_is_written(state, shape, is_hollow):
    drawn = {
        name: one.to_dict()["scale"]["range"]
        for name, one in theme.marks("state:N", [state]).items()
    }
    colour = theme.STATE_COLOURS[state]
    assert drawn == {
        "shape": [shape],
        "fill": ["white" if is_hollow else colour],
        "stroke": [colour],
    }
