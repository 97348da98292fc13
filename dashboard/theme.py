"""The one look of all charts: plain, from zero, in colours that a second cue repeats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
from altair.utils import schemapi

from dashboard.words import SYMBOLS

# Checking every part of a chart against Vega-Lite's schema took half of a page's time; the
# tests check each chart once (test_charts).
schemapi.disable_debug_mode()

FONT = "Arial, Helvetica, 'Liberation Sans', sans-serif"

PERCENT = "format(100 * datum.value, '~g') + ' %'"  # of an axis: 20 %

ACCENT = "#005EB8"
INK = "#212B32"
MUTED = "#5B6770"
LINE = "#D8DDE0"
BAND = "#E8EDEE"

HALO: dict[str, Any] = {"color": "white", "stroke": "white", "strokeWidth": 4}  # under words
MANY = 40  # from so many marks on they are drawn small

# Okabe and Ito's palette, safe for all common kinds of colour blindness.
GREEN = "#007A5A"  # their bluish green, darkened until white text on it can be read
VERMILION = "#C24E00"
ORANGE = "#E69F00"
SKY = "#56B4E9"
PURPLE = "#CC79A7"
GREY = "#69737B"  # white text on it can be read, and it on a pale cell
AMBER = "#B58100"  # their orange, darkened until a sign in it is seen on a pale cell
CATEGORIES = (ACCENT, VERMILION, GREEN, ORANGE, PURPLE, SKY)

STATE_COLOURS = {
    "met": GREEN,
    "reported": GREEN,
    "within": ACCENT,
    "better than expected": ACCENT,
    "not met": VERMILION,
    "breaches": VERMILION,
    "alert": VERMILION,
    "late": AMBER,
    "missing": VERMILION,
    "with the event": VERMILION,
    "without the event": "#DCE6F2",
    "alarm": "#8C1D18",
    "cannot tell": GREY,
    "outcome unknown": GREY,
    "nil return": ACCENT,
    "not due": GREY,
    "too few to judge": GREY,
    "as chance allows": ACCENT,
    "run of short gaps": VERMILION,
    "run of long gaps": GREEN,
    "long gap": GREEN,
    "one gap: no limit": GREY,
    "few": GREY,
    "none": GREY,
}

# The same colours on a dark page: what was darker than the page is lighter than it, so that
# what stands on a mark is read there as well as here.
DARK = {
    "white": "#14191E",
    "#F3F5F7": "#1E252B",
    INK: "#E8ECEF",
    MUTED: "#AEB8BF",
    LINE: "#3D474F",
    BAND: "#2A333A",
    ACCENT: "#7AB8F5",
    VERMILION: "#F0824A",
    GREEN: "#2FC79B",
    ORANGE: "#F2C14E",
    AMBER: "#F2C14E",
    SKY: "#C9E4F7",
    PURPLE: "#D96CB4",
    GREY: "#A3ADB5",
    "#8C1D18": "#FFB4AB",
    "#DCE6F2": "#2B3B4D",
    "#5B94D0": "#33628F",
    "#9DB9D6": "#2A4A6B",
    "#A3ABB1": "#566069",
    "#C5CBCF": "#414B53",
    "#DDE1E4": "#333B42",
    "#F0A868": "#8A4B12",
    "#8DB4DE": "#3E6E9E",
    "#B9C0C5": "#5A646C",
    "#E3C4D6": "#7A4E6A",
    "#7A5B00": "#D9B44A",
    "#A9C8E8": "#2F4F70",
}


def dark_rules() -> str:
    """The stylesheet that draws every chart in the colours of the page that it stands on.

    A chart is sent once; which colours it is seen in, the browser decides, and at once where a
    reader changes from light to dark.
    """
    within = '[data-testid="stVegaLiteChart"]'
    rules = [f"{within} svg {{ background-color: transparent !important; }}"]
    rules += [
        f'{within} [{name}="{light}"] {{ {name}: light-dark({light}, {dark}); }}'
        for light, dark in DARK.items()
        for name in ("fill", "stroke")
    ]
    return "\n".join(rules)


def ire() -> alt.theme.ThemeConfig:
    """What every chart is drawn in."""
    axis: alt.theme.AxisConfigKwds = {
        "labelFont": FONT,
        "titleFont": FONT,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelColor": INK,
        "titleColor": MUTED,
        "gridColor": LINE,
        "gridOpacity": 0.7,
        "domainColor": MUTED,
        "tickColor": MUTED,
        "titlePadding": 10,
    }
    legend: alt.theme.LegendConfigKwds = {
        "labelFont": FONT,
        "titleFont": FONT,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "orient": "top",
        "titleFontWeight": "normal",
        "columns": 2,
        "labelLimit": 300,
    }
    return {
        "autosize": {"type": "fit-x", "contains": "padding"},
        "background": "white",
        "config": {
            # Its description and the table beside it say a chart; its marks would be read one by
            # one, each patient's among them.
            "aria": False,
            "mark": {"aria": False},
            "font": FONT,
            "view": {"stroke": None},
            "axis": axis,
            "legend": legend,
            "range": {"category": list(CATEGORIES)},
            "text": {"font": FONT, "fontSize": 12, "color": INK},
            "bar": {"color": ACCENT},
            "point": {"color": ACCENT, "filled": True, "size": 80},
            "rule": {"color": MUTED},
            "title": {"font": FONT, "fontSize": 14, "anchor": "start"},
        },
    }


def states(domain: Sequence[str]) -> alt.Scale:
    """The colours of the states that a chart holds, in their order."""
    return alt.Scale(domain=domain, range=[STATE_COLOURS.get(state, GREY) for state in domain])


SHAPES = {"▲": "triangle-up", "■": "square"}  # any other symbol is a circle


def marks(field: str, domain: Sequence[str], legend: alt.Legend | None = None) -> dict[str, Any]:
    """The marks of the states that a chart holds, in their order: drawn as their symbols are."""
    symbols = [SYMBOLS.get(state, "●") for state in domain]
    shapes = [SHAPES.get(symbol, "circle") for symbol in symbols]
    colours = zip(symbols, states(domain).range, strict=True)
    fills = ["white" if symbol == "○" else colour for symbol, colour in colours]
    return {
        "shape": alt.Shape(field, scale=alt.Scale(domain=domain, range=shapes), legend=legend),
        "fill": alt.Fill(field, scale=alt.Scale(domain=domain, range=fills), legend=legend),
        "stroke": alt.Stroke(field, scale=states(domain), legend=legend),
    }
