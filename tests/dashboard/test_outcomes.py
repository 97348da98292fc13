"""The page Outcomes: who sees what, one selection everywhere, and what is too few."""

from __future__ import annotations

import math
import re
from datetime import date, timedelta

import polars as pl
import pytest

from dashboard.pages.outcomes_life import _answered
from dashboard.pages.outcomes_response import in_words, lanes, told_event
from sql.access import DEMO_VIEWERS
from tests.dashboard.conftest import make_home, procedures, said, write_release

HEADINGS = (
    "Overall survival",
    "Survival without progression",
    "Per patient",
    "Per tumour",
    "Best change of each patient",
    "Course of each patient",
)
START = date(2025, 6, 1)  # of every drawn procedure
SITES = ("ZZ102", "ZZ201", "ZZ301", "ZZ302", "ZZ401")


def ends(indicator, site, number):
    """The first 6 progress, the next 3 die, all others are followed for 500 days."""
    causes = ["local progression"] * 6 + ["death"] * 3
    return [
        {
            "indicator_id": indicator,
            "site_id": site,
            "procedure_id": f"P{n:03d}",
            "unit_key": f"{site} {n}",
            "value": int(n < (9 if indicator == "E5_PFS" else 6)),
            "time_days": 100.0 + 10 * n if n < 9 else 500.0,
            "ended_by": causes[n] if n < 9 else None,
        }
        for n in range(number)
    ]


def scan(site, patient, day, response, viable, baseline=20.0):
    return {
        "site_id": site,
        "patient_key": f"patient {site} P{patient:03d}",
        "imaging_date": START + timedelta(days=day),
        "criteria": "mRECIST",
        "overall_response": response,
        "response_recomputed": response,
        "sum_viable_mm": viable,
        "sum_baseline_mm": baseline,
    }


@pytest.fixture(scope="module")
def outcomes_home(tmp_path_factory):
    """30 patients a site; three of ZZ102 were scanned, one of them treated again."""
    drawn = [one for site in SITES for one in procedures(site, 30)]
    drawn[0].survival_days = 300
    for one in drawn[:5]:
        one.lesions_mm = (20.0,)
    more = [
        row
        for site in SITES
        for indicator in ("E4_LTP", "E4_LTPL", "E5_PFS")
        for row in ends(indicator, site, 30)
    ]
    scans = [
        scan("ZZ102", 0, 40, "PR", 10.0),
        scan("ZZ102", 0, 100, "CR", 0.0),
        scan("ZZ102", 1, 40, "SD", 20.0),
        scan("ZZ102", 2, 40, "NE", 10.0),
    ]
    treated = [
        {
            "site_id": "ZZ102",
            "patient_key": "patient ZZ102 P001",
            "treatment_date": START + timedelta(days=60),
            "treatment_type": "TACE",
        }
    ]
    return write_release(
        make_home(tmp_path_factory.mktemp("outcomes") / "home"),
        drawn,
        more=more,
        scans=scans,
        treatments=treated,
    )


def metric(page, title):
    return next(one.value for one in page.metric if one.label == title)


@pytest.mark.parametrize("persona", ["lead", "governance", "team"])
def test_a_viewer_with_rows_sees_own_sites_in_every_part(open_page, outcomes_home, persona):
    page = open_page("outcomes", persona, at_home=outcomes_home)
    assert not page.exception
    text = said(page)
    at = [text.index(f"**{heading}**") for heading in HEADINGS[:5]]
    assert at == sorted(at)
    own = set(DEMO_VIEWERS[persona].sites)
    named = set(re.findall(r"ZZ[0-9]{3}", text))
    assert named <= own if own else named == set(SITES)


def test_a_commissioner_sees_national_rounded_figures_and_no_course(open_page, outcomes_home):
    page = open_page("outcomes", "commissioner", at_home=outcomes_home)
    text = said(page)
    assert not re.search(r"ZZ[0-9]{3}|P00[0-9]", text)
    assert not [heading for heading in HEADINGS[2:] if f"**{heading}**" in text]
    assert "National: 20 % with local progression at 1 year" in text
    assert "whenever first treated" in text
    assert "National figures only" in text


def log_log(share, n):
    """Limits of an incidence of whom nobody was lost: R's log-log transformation, by hand."""
    error = math.sqrt(share * (1 - share) / n)
    spread = 1.959963984540054 * error / (share * math.log(share))
    low, high = sorted(share ** math.exp(sign * spread) for sign in (-1, 1))
    return f"{100 * low:.1f}–{100 * high:.1f} %"


def test_tile_sentence_and_table_give_one_incidence(open_page, outcomes_home):
    page = open_page("outcomes", "lead", at_home=outcomes_home)
    text = said(page)
    assert metric(page, "Local progression at 12 months") == "20.0 %"  # 6 of 30, none before
    limits = log_log(6 / 30, 30)
    assert f"20.0 % ({limits}) with local progression at 12 months" in text
    assert "6 of 30 patients progressed locally, 3 ended in death or transplant first" in text
    months = next(one.value for one in page.dataframe if "Months" in one.value)
    assert months.iloc[0].to_list() == [12, f"20.0 % ({limits})", 21]
    tumours = next(one.value for one in page.dataframe if "% progressed" in one.value)
    assert tumours["% progressed"].to_list()[0] == "20.0 %"
    assert "No interval per tumour" in text


def test_a_filter_narrows_tiles_curves_and_rows_together_and_says_so(open_page, outcomes_home):
    page = open_page("outcomes", "lead", at_home=outcomes_home, size="UNDER_30_MM")
    text = said(page)
    assert "largest lesion under 3 cm" in text
    assert "1 of 5 patients have died; too few to judge survival at one year" in text
    assert "5 of 5 patients progressed locally; too few to judge local progression" in text
    assert metric(page, "Local progression at 12 months") == "–"
    assert "judged from 10 patients followed for 12 months on" in text
    assert "A curve is drawn from 10 patients followed on. There are 5" in text
    assert text.count("No national figure for this selection.") == 2
    assert "5 patients: 1 died" in text


def test_curves_may_follow_patients_first_treated_at_any_time(open_page, outcomes_home):
    quarter = {"period": "2026/27 Q1"}
    page = open_page("outcomes", "lead", at_home=outcomes_home, **quarter)
    text = said(page)
    assert text.count("Site ZZ102: no patient followed; too few to judge") == 3
    assert "Site ZZ102: no lesion followed; too few to judge" in text
    assert " of no " not in text
    every = open_page("outcomes", "lead", at_home=outcomes_home, cohort="all", **quarter)
    assert "1 of 30 patients have died" in said(every)


def test_the_best_scan_of_each_patient_is_told_worst_first(open_page, outcomes_home):
    page = open_page("outcomes", "lead", at_home=outcomes_home)
    rows = next(one.value for one in page.dataframe if "Change, %" in one.value)
    assert rows[["First procedure", "Response", "Change, %"]].to_numpy().tolist() == [
        ["P001", "SD", 0.0],
        ["P002", "not evaluable", -50.0],
        ["P000", "CR", -100.0],
    ]
    assert (
        "3 patients with a measured scan, at the scan with the greatest fall: 1 complete, "
        "0 partial, 1 stable, 0 progression, 1 without a class; median change −50 %."
    ) in said(page)


def test_a_lane_runs_to_death_or_to_when_last_known_alive(open_page, outcomes_home):
    page = open_page("outcomes", "lead", at_home=outcomes_home)
    assert "30 patients: 1 died, 0 had a transplant, 0 had progression at a scan, " in said(page)
    rows = next(one.value for one in page.dataframe if "Event" in one.value)
    of_first = rows[rows["First procedure"] == "P000"]
    assert of_first[["Days after it", "Event"]].to_numpy().tolist() == [
        [0, "IRE"], [40, "scan: partial response"], [100, "scan: complete response"], [300, "death"]
    ]  # fmt: skip
    assert set(of_first["First procedure on"]) == {START}
    again = rows[rows["First procedure"] == "P001"]["Event"].to_list()
    assert "transarterial chemoembolisation" in again


def test_codes_are_told_as_the_dictionary_names_them_and_kept_where_it_does_not():
    events = ["IRE", "scan NE", "scan not recorded", "treatment SYSTEMIC", "treatment X"]
    assert told_event(pl.Series("event", events)).to_list() == [
        "IRE", "scan: not evaluable", "scan: response not recorded", "systemic treatment",
        "treatment X",
    ]  # fmt: skip
    found = pl.DataFrame({"tumour_type": ["MIXED", "X"], "criteria": ["RECIST1.1", None]})
    assert in_words(found).rows() == [
        ("Mixed hepatocellular and cholangiocarcinoma", "RECIST 1.1"), ("X", None)
    ]  # fmt: skip


def test_a_repeated_ire_is_one_mark_and_two_sites_may_use_one_id(outcomes_home):
    found = pl.DataFrame(
        {
            "site_id": ["ZZ301", "ZZ301", "ZZ301", "ZZ302"],
            "procedure_id": ["P1"] * 4,
            "day": [0, 90, 90, 0],
            "event": ["IRE", "IRE", "treatment IRE_REPEAT", "IRE"],
        }
    )
    told = lanes(found)
    assert told.filter(pl.col("event").is_null())["lane"].to_list() == ["ZZ301 P1", "ZZ302 P1"]
    assert told.filter(event="IRE").height == 3
    assert told["event"].drop_nulls().unique().to_list() == ["IRE"]


def pair(patient, visit, before, after):
    """Global quality of life of one patient of ZZ102, before and at a visit."""
    return {
        "site_id": "ZZ102",
        "procedure_id": f"P{patient:03d}",
        "patient_key": f"patient ZZ102 P{patient:03d}",
        "procedure_date": START,
        "instrument": "QLQ-C30",
        "visit": visit,
        "c30_ql_before": before,
        "c30_ql": after,
    }


def test_quality_of_life_says_mean_change_and_who_got_better_or_worse(open_page, tmp_path):
    drawn = procedures("ZZ102", 30)
    for one in drawn[:2]:
        one.lesions_mm = (20.0,)
    answers = [(50.0, 60.0), (50.0, 59.0), (50.0, 40.0), (50.0, 45.0)]
    pairs = [pair(n, "M3", *answers[n % 4]) for n in range(12)]
    home = write_release(make_home(tmp_path / "home"), drawn, pairs=pairs)
    page = open_page("outcomes", "lead", at_home=home)
    assert not page.exception
    # Changes +10, +9, -10, -5, thrice: mean 1; Student's limits by hand, t(11, 0.975) = 2.2010.
    spread = math.sqrt(3 * (81 + 64 + 121 + 36) / 11 / 12) * 2.200985160082949
    limits = f"{1 - spread:+.1f} to {1 + spread:+.1f}".replace("-", "−")
    assert (
        f"QLQ-C30, global health and quality of life, at month 3: mean change +1.0 ({limits}) "
        "points, 12 patients; 3 better, 3 worse by 10 points or more."
    ) in said(page)
    row = next(one.value for one in page.dataframe if "Scored both times" in one.value).iloc[0]
    assert row.to_list() == ["month 3", 12, f"+1.0 ({limits})", "3/12", "3/12", 12]
    narrowed = open_page("outcomes", "lead", at_home=home, size="UNDER_30_MM")
    assert "too few for a mean change, 2 patients; 1 better, 0 worse" in said(narrowed)
    assert "A mean change is given from 10 patients on" in said(narrowed)
    none = open_page("outcomes", "lead", at_home=home, tumour="ICCA")
    assert "No questionnaire answered before and after treatment" in said(none)


def test_a_visit_and_who_answered_at_it_do_not_run_into_each_other():
    shown = pl.DataFrame({"label": ["Before treatment", "Month 3"], "n_of": ["49/53", "35/42"]})
    assert _answered(shown) == "Returned before treatment: 49/53; month 3: 35/42"


def test_a_scale_with_a_name_keeps_its_capitals(open_page, tmp_path):
    answer = {"instrument": "EQ-5D-5L", "eq5d_value_before": 0.7, "eq5d_value": 0.8}
    pairs = [pair(n, "M3", None, None) | answer for n in range(3)]
    home = write_release(make_home(tmp_path / "home"), procedures("ZZ102", 3), pairs=pairs)
    page = open_page("outcomes", "lead", at_home=home, scale="eq5d_value")
    assert "EQ-5D-5L, EQ-5D index, at month 3" in said(page)
    assert "EQ-5D-5L: EQ-5D index" in page.selectbox[-1].options


def test_no_chart_stands_where_a_click_must_open_it(open_page, outcomes_home):
    page = open_page("outcomes", "lead", at_home=outcomes_home)
    assert page.expander
    assert page.get("vega_lite_chart")
    assert not [one.label for one in page.expander if one.get("vega_lite_chart")]
