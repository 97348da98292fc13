"""Every page in a real browser: its main figures against those worked out by hand."""

from __future__ import annotations

import csv
import re
import tomllib
from datetime import date, datetime, timedelta
from math import comb
from statistics import median

import pytest
from playwright.sync_api import expect

from tests.browser import expected
from tests.browser.conftest import TABLES_LAG
from tests.browser.walk import ROOT, accepted, exports, key, play

pytestmark = pytest.mark.browser

ALL = expected.sites()
TRUST = ("ZZ301", "ZZ302")
MAJOR = "Major complication (Clavien-Dindo IIIa or worse), 30 days"
NAMED = {
    "Damage to an adjacent structure, 90 days": ("ADJACENT_STRUCTURE", 90),
    "Bleeding of any grade, 30 days": ("BLEEDING", 30),
    "Cardiac arrhythmia, day 0 to 1": ("ARRHYTHMIA", 1),
    MAJOR: (None, 30),
}
HELD = next(one for one in key()["exports"] if one["state"] == "held")


def total(pairs):
    events, n = zip(*pairs, strict=True)
    return sum(events), sum(n)


def test_home_tells_a_site_what_is_held_and_what_is_due_next(look):
    text = look.at("lead", "Home").text()
    to_correct = sum(finding["severity"] == "R" for finding in HELD["findings"])
    assert f"held, {to_correct} findings must be corrected" in text
    assert "Next upload: 2026/27 Q3, due 11 Feb 2027, in 87 days." in text
    look.fits_a_phone()


def test_home_tells_a_governance_lead_of_harm_and_of_the_guidance(look):
    look.at("governance", "Home")
    major = total(expected.known_rate(site, None, 30) for site in TRUST)
    died = total(expected.mortality(site, 90) for site in TRUST)
    assert f"{major[0]}/{major[1]}" in look.tile(
        "Major complication (Clavien-Dindo IIIa or worse), 30"
    )
    assert f"{died[0]}/{died[1]}" in look.tile("Death within 90 days")
    for site in TRUST:
        for met, n in (expected.in_research(site), expected.approved(site)):
            assert f"{met}/{n}" in look.drawn()
    assert {"Research", "Operator", "Governance"} <= set(look.drawn())
    look.fits_a_phone()


def test_home_tells_a_commissioner_the_status_of_each_site(look):
    look.at("commissioner", "Home")
    rows = {row["Site"]: row for row in look.table("C1")}
    assert sorted(rows) == ALL
    for site in ALL:
        met, n = expected.in_research(site)
        assert rows[site]["Procedures"] == expected.rounded(n)
        assert rows[site]["C1"].split()[-1] == expected.rounded(n - met)
        met, n = expected.designated(site)
        assert rows[site]["C3"].split()[-1] == expected.rounded(n - met)
    assert "* = 1 to 7, not shown" in look.text()
    look.fits_a_phone()


def test_home_tells_the_registry_team_what_is_held(look):
    look.at("team", "Home")
    rows = look.table("To correct")
    assert [row["Site"] for row in rows] == [HELD["site"]]
    look.fits_a_phone()


def test_complications_agree_with_those_by_hand_and_show_the_alarm_of_the_site_that_bleeds(look):
    look.at("lead", "Complications")
    for title in NAMED:
        _tile(look, title)
    _download(look)
    events, n = expected.complication_rate("ZZ102", "BLEEDING", 30)
    tail = sum(comb(n, k) * 0.05**k * 0.95 ** (n - k) for k in range(events, n + 1))
    assert tail < 0.001
    assert "■ alarm" in look.tile("Bleeding of any grade, 30 days")
    assert "ZZ102" in look.drawn()
    assert len(look.table("Yellow Card")) >= min(events, 9)
    died, of_all = expected.mortality("ZZ102", 90)
    assert f"{died}/{of_all}" in look.tile("Death within 90 days")
    _in_order(look, expected.in_order("ZZ102", "BLEEDING", 30))
    _split(look, expected.synchronised("ZZ102"))
    look.fits_a_phone()


def _tile(look, title):
    category, window = NAMED[title]
    events, n = expected.complication_rate("ZZ102", category, window)
    tile = look.tile(title)
    unknown = expected.silent("ZZ102", window)
    assert f"{events}/{n - unknown}" in tile
    assert expected.percent_and_interval(events, n - unknown) in tile
    assert (f"Outcome unknown in {unknown} of {n}" in tile) == (unknown > 0)


def _download(look):
    """A download is the table, with release and data date."""
    look.page.get_by_test_id("stPopover").get_by_role("button", name="Download").first.click()
    with look.page.expect_download() as saved:
        look.page.get_by_role("button", name="CSV", exact=True).click()
    look.page.keyboard.press("Escape")
    with saved.value.path().open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["indicator_id"] == "S2_30"
    assert rows[0]["data_to"] == "30 Sep 2026"
    assert date.fromisoformat("2026-09-30") == expected.LAST


def _in_order(look, outcomes):
    """Gaps between events and signals of the CUSUM, each from the outcomes in order."""
    text = look.text()
    gaps, since = expected.gaps(outcomes)
    assert f"{len(gaps)} events in {len(outcomes)} procedures with a known outcome" in text
    assert f"{since} since the last; median gap {median(gaps):g}, shortest {min(gaps)}" in text
    assert look.table("Gap")[0]["Gap"] == str(gaps[-1])
    threshold = float(re.search(r"signal at ([0-9.]+), chosen for", text)[1])
    signals = expected.signals(outcomes, 0.05, threshold)
    assert f"{len(signals)} signals of more events than expected" in text
    assert f"the last at procedure {signals[-1]} " in text
    assert {f"signal at {threshold:g}", f"{since} since"} <= set(look.drawn())


def _split(look, counts):
    (with_it, of_with), (without, of_without) = counts
    assert f"With synchronisation: {with_it}/{of_with}" in look.text()
    assert (f"without synchronisation: {without}/{of_without}" in look.text()) == (of_without > 0)


def test_complications_show_a_commissioner_national_rounded_counts(look):
    look.at("commissioner", "Complications")
    for title, (category, window) in NAMED.items():
        of_sites = [expected.complication_rate(site, category, window) for site in ALL]
        events, n = (expected.national(list(counts)) for counts in zip(*of_sites, strict=True))
        shown = f"{events}/{n}"
        if "*" not in shown:
            assert shown in look.tile(title)
    look.fits_a_phone()


def test_compliance_shows_the_matrix_and_opens_a_rule(look):
    look.at("governance", "Compliance")
    for site in TRUST:
        for met, n in (
            expected.in_research(site),
            expected.designated(site),
            expected.approved(site),
        ):
            assert f"{met}/{n}" in look.drawn()
    assert {"Research", "Operator", "Governance"} <= set(look.drawn())
    look.choose("Rule", "C1 In approved")
    met, n = total(expected.in_research(site) for site in TRUST)
    assert f"met in {met} of {n} procedures" in look.text()
    breaching = look.table("Guidance")
    assert len(breaching) == min(n - met, 9) or len(breaching) >= 9
    assert {row["Site"] for row in breaching} <= set(TRUST)
    assert "rule=C1" in look.page.url
    look.fits_a_phone()


def test_compliance_shows_a_commissioner_a_status_only(look):
    text = look.at("commissioner", "Compliance").text()
    assert "No per cent of a site is published; its breaches are, rounded." in text
    assert not {f"{met}/{n}" for met, n in map(expected.in_research, ALL)} & set(look.drawn())
    look.fits_a_phone()


def test_data_quality_counts_missing_and_late_quarters(look):
    text = look.at("team", "Data quality").text()
    sent = {site: expected.quarters_sent(site) for site in ALL}
    missing = sum(quarter not in sent[site] for site in ALL for quarter in expected.QUARTERS)
    plural = "" if missing == 1 else "s"
    assert f"{missing} quarter{plural} missing, {late()} quarters reported late" in text
    assert f"of {len(ALL) * len(expected.QUARTERS)} due" in text
    look.fits_a_phone()


def late():
    """Site-quarters whose first accepted export came after the due date."""
    first = {}
    for action in play():
        one = exports().get(action["path"])
        if one is None or action["path"] not in accepted() or action["action"] == "withdraw":
            continue
        at = datetime.fromisoformat(action["at"]).date()
        for quarter in expected.QUARTERS:
            if one["period_start"] <= quarter[0].isoformat() <= one["period_end"]:
                first.setdefault((one["site"], quarter), at)
    return sum(at > end + timedelta(days=42) for (_, (_, end)), at in first.items())


def test_submissions_list_every_export_of_the_site(look):
    text = look.at("lead", "Submissions").text()
    own = [one for one in key()["exports"] if one["site"] == "ZZ102"]
    sent = [action for action in play() if action.get("site") == "ZZ102"]
    assert f"{len(sent)} submissions" in text
    assert len(own) == len(sent)
    assert "1 held" in text
    found = look.table("What to do")
    assert found[0]["Kind"] == "▲ to correct"
    quarters = look.table("Due")
    assert quarters[0]["Quarter"] == "2026/27 Q2"
    look.fits_a_phone()


def test_definitions_list_every_field_and_find_a_word(look):
    text = look.at("commissioner", "Definitions").text()
    fields = 0
    for path in (ROOT / "expectations" / "tables").glob("*.toml"):
        for column in tomllib.loads(path.read_text("utf-8"))["columns"].values():
            fields += column.get("repeat", 1)
    assert f"{fields} fields" in text
    look.page.get_by_role("textbox", name="Search").fill("spacing")
    look.page.keyboard.press("Enter")
    look.page.wait_for_url("**search=spacing*")
    look.still()
    assert "with this word" in look.text()
    look.fits_a_phone()


def test_methods_show_the_validation_and_what_the_outlier_rule_flags(look):
    text = look.at("governance", "Methods").text()
    assert "agree with their references. Validated 16 Nov 2026" in text
    look.page.get_by_role("tab", name="Outliers").click()
    look.still()
    # By hand: the chance of 5 or more events in 30 at 5 %, and at 10 %.
    at, doubled = (
        100 * (1 - sum(comb(30, x) * p**x * (1 - p) ** (30 - x) for x in range(5)))
        for p in (0.05, 0.10)
    )
    row = next(row for row in look.table("Alert from") if row["Procedures"] == "30")
    assert (row["Alert from"], row["Alarm from"]) == ("5", "7")
    assert row["False alerts in 100"] == f"{at:.1f}"
    assert row["Found in 100, rate doubled"] == f"{doubled:.0f}"
    look.page.get_by_role("tab", name="Validation").click()
    look.still()
    assert {row["Result"] for row in look.table("Largest difference")} == {"● agrees"}
    look.fits_a_phone()


def test_rules_are_counted_by_what_they_do_and_found_by_a_word(look):
    text = look.at("uploader", "Rules").text()
    files = [
        path
        for path in (ROOT / "expectations" / "rules").glob("*.sql")
        if "-- Severity: B" in path.read_text("utf-8")
    ]
    assert f"{len(files)} count a breach" in text
    look.page.get_by_role("textbox", name="Search").fill("O15")
    look.page.keyboard.press("Enter")
    look.page.wait_for_url("**search=O15*")
    expect(look.page.get_by_text("1 rule found")).to_be_visible()
    look.still()
    look.page.wait_for_timeout(1000)  # the table is drawn anew after the page
    found = look.table("What to do")
    assert [row["Rule"] for row in found] == ["O15"]
    look.fits_a_phone()


def test_the_address_opens_the_same_selection_again(look):
    look.at("governance", "Complications")
    look.choose("Site", "Elverstone")
    assert "site=ZZ302" in look.page.url
    events, known = expected.known_rate("ZZ302", None, 30)
    assert f"{events}/{known}" in look.tile(MAJOR)


def test_a_page_that_a_viewer_may_not_open_is_not_listed(look):
    look.at("commissioner", "Home")
    links = look.page.get_by_test_id("stSidebarNavLink").all_inner_texts()
    assert "Submissions" not in links
    assert "Compliance" in links


@pytest.mark.trial
def test_a_snapshot_stays_from_page_to_page_until_one_goes_back_to_now(look):
    assert "Provisional: 2026/27 is not locked." in look.at("team", "Complications").text()
    look.choose("As it stood", "Snapshot 2025/26")
    assert "Snapshot 2025/26, taken 28 Sep 2026: the frozen release 2" in look.text()
    look.page.get_by_test_id("stSidebarNavLink").filter(has_text="Outcomes").click()
    look.settle("Outcomes")
    assert "as_of=2025-26" in look.page.url
    assert "Data to 30 Jun 2026, release 2" in look.text()
    look.page.get_by_role("button", name="Back to now").click()
    look.page.wait_for_url(lambda address: "as_of" not in address)
    look.page.get_by_test_id("stSidebarNavLink").filter(has_text="Releases").click()
    look.settle("Releases")
    assert "5 of 8 sites had signed, not ZZ301, ZZ501, ZZ601" in look.text()
    assert look.table("Kind")[0]["Kind"] == "published, served"
    look.fits_a_phone()


@pytest.mark.trial
def test_the_way_from_a_breach_to_its_record_and_back_to_the_rule(look):
    look.at("lead", "Compliance").choose("Rule", "C2 Selected")
    breach = next(row for row in look.table("File, line") if row["Result"] == "not met")
    look.choose("What is on record of", breach["Procedure"])
    look.page.get_by_role("link", name="Open its record").first.click()
    look.settle("Record")
    assert "Brackenholt Hospital (ZZ102)" in look.text()
    assert f"procedure={breach['Procedure']}" in look.page.url
    row = next(row for row in look.table("Counted per") if row["Indicator"].startswith("Selected"))
    assert (row["Result"], row["Why"]) == ("not met", breach["Reason"])
    look.fits_a_phone()
    look.choose("Indicator", "Selected by a specialist MDT")
    look.page.get_by_role("link", name="Open its page").click()
    look.settle("Compliance")
    assert "rule=C2" in look.page.url


def test_a_column_without_room_is_shown_on_demand(look):
    look.at("lead", "Complications")
    cases = look.page.get_by_role("region", name=re.compile("^Cases: "))
    assert "File" not in look.table("Intervention")[0]
    cases.hover()
    look.page.get_by_role("button", name="Show/hide columns: Cases: ").click()
    menu = look.page.get_by_test_id("stDataFrameColumnVisibilityMenu")
    menu.get_by_text("File", exact=True).click()
    look.page.keyboard.press("Escape")
    look.page.wait_for_timeout(TABLES_LAG)
    assert {row["File"] for row in look.table("Intervention")} == {"complication.csv"}
