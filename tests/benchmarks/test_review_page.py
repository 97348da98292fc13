"""The page Complications at 60 sites × 10 years: what one view costs the server."""

import random
import statistics
import time
from datetime import date, timedelta

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import app
from tests.dashboard.conftest import _show, make_home
from tests.records import record
from tests.sql.small_release import Complication, Procedure, write_release

pytestmark = pytest.mark.benchmark

RUNS = 5
BOUND_SECONDS = 1.0
SITES = {f"ZZ{number}": f"ZZ{number % 20}" for number in range(101, 161)}
A_SITE = 300  # procedures of a site in ten years
CHANCES = {"S1_90": 0.06, "S2_30": 0.05, "S3_1": 0.04, "S5_30": 0.07, "S7_90": 0.016}
LOOKS = {
    "registry team": ("team", {}),
    "registry team, one tumour type and size": ("team", {"tumour": "HCC", "size": "UNDER_30_MM"}),
    "registry team, against the national rate": ("team", {"against": "national"}),
    "site lead": ("lead", {}),
    "commissioner": ("commissioner", {}),
}


def drawn():
    chance, made, found = random.Random(1), [], []
    for site in SITES:
        for place in range(A_SITE):
            day = date(2016, 10, 1) + timedelta(days=3640 * place // A_SITE)
            one = Procedure(site, f"{site}-{place:04d}", day, operator=f"{chance.randrange(3)}")
            one.lesions_mm = (chance.choice((15.0, 35.0, 60.0)),)
            one.tumour_type = chance.choice(("HCC", "ICCA"))
            one.values = {name: int(chance.random() < of) for name, of in CHANCES.items()}
            if one.values["S5_30"]:
                found.append(
                    Complication(site, f"C{one.id}", one.id, "OTHER", "SEPSIS", "IVa", day=5)
                )
            made.append(one)
    return made, found


@pytest.fixture
def seconds(tmp_path, monkeypatch):
    """CPU seconds of one view with nothing remembered, in the thread that draws it."""
    home = write_release(make_home(tmp_path / "home"), *drawn(), sites=SITES)
    monkeypatch.setenv("IRE_HOME", str(home))
    monkeypatch.setenv("IRE_DEMO", "1")
    draw, taken = app.run, []

    def timed(page, who):
        start = time.thread_time()
        draw(page, who)
        taken.append(time.thread_time() - start)

    monkeypatch.setattr(app, "run", timed)

    def look(persona, query):
        st.cache_data.clear()
        page = AppTest.from_function(_show, default_timeout=120)
        page.session_state["page"], page.session_state["persona"] = "complications", persona
        for name, value in query.items():
            page.query_params[name] = value
        page.run()
        assert not page.exception
        assert not page.error
        return taken[-1]

    return look


def test_a_view_costs_the_server_at_most_a_second(seconds):
    for persona, query in LOOKS.values():
        seconds(persona, query)  # the first view pays for imports and thresholds
    found = {
        name: [seconds(persona, query) for _ in range(RUNS)]
        for name, (persona, query) in LOOKS.items()
    }
    record(
        "benchmark-review-page",
        "The page Complications at 60 sites × 10 years: CPU seconds of one view, nothing kept",
        [f"{len(SITES)} sites, {len(SITES) * A_SITE:,} procedures; {RUNS} runs each"]
        + [
            f"{name}: median {statistics.median(runs):.2f} s, worst {max(runs):.2f} s"
            f" (bound of the median {BOUND_SECONDS:.0f} s)"
            for name, runs in found.items()
        ],
    )
    assert max(statistics.median(runs) for runs in found.values()) <= BOUND_SECONDS
