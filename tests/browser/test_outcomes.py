"""The page Outcomes in a real browser, against figures worked out by hand."""

from __future__ import annotations

import pytest

from tests.browser import expected, expected_outcomes

pytestmark = pytest.mark.browser


def test_outcomes_show_survival_and_efficacy_by_hand(look):
    text = look.at("lead", "Outcomes").text()
    alive, patients, died = expected.survival("ZZ102", 1)
    assert f"{100 * alive:.1f} %" in text
    assert f"{died} of {patients} patients have died" in text
    for met, n in (expected.efficacy("ZZ102"), expected.technical_success("ZZ102")):
        assert f"{met}/{n}" in text
    months = expected.follow_up_days("ZZ102") / 365.25 * 12
    assert look.number("Median follow-up") == f"{months:.0f} months"
    best = expected.best_responses("ZZ102")
    assert f"{sum(best.values())} patients with a measured scan" in text
    assert f"{best['CR']} complete, {best['PR']} partial" in text
    assert f"{patients} patients: {died} died" in text
    rows = look.table("At risk")
    assert rows[0]["% alive (95 % interval)"].startswith(f"{100 * alive:.1f} %")
    drawn = look.drawn()
    assert "ends: fewer than 10 at risk" in drawn
    assert f"{sum(best.values())} patients, a bar each" in drawn
    look.fits_a_phone()


def test_outcomes_show_progression_and_quality_of_life_by_hand(look):
    look.at("team", "Outcomes").choose("Site", "(ZZ101)")
    free, patients, ended = expected_outcomes.free_of_progression("ZZ101", 1)
    assert f"{ended} of {patients} patients have progressed or died" in look.text()
    row = look.table("% (95 % interval)")[0]
    assert row["Years"] == "1"
    assert row["% (95 % interval)"].startswith(f"{100 * free:.1f} % (")
    share, of, progressed = expected_outcomes.local_progression("ZZ101")
    assert look.number("Local progression at 12 months") == f"{100 * share:.1f} %"
    assert f"{progressed} of {of} patients progressed locally" in look.text()
    look.choose("Scale", "EQ-5D-5L: visual analogue scale")
    mean, answered, better, worse = expected_outcomes.visual_scale("ZZ101")
    row = next(row for row in look.table("Scored both times") if row["Visit"] == "month 3")
    assert row["Scored both times"] == str(answered)
    assert row["Mean change (95 % interval)"].startswith(f"{mean:+.1f} (".replace("-", "−"))
    assert (row["Better"], row["Worse"]) == (f"{better}/{answered}", f"{worse}/{answered}")
