"""What each recipient is told, on both sides of each day; never a fact of a patient."""

import json
import random
import string
from datetime import UTC, date, datetime, timedelta

import duckdb
import polars as pl
import pytest

from dashboard.app import PAGES
from ingest.digests import HEADINGS, queue_digests
from ingest.home import create_home
from sql.ledger import Ledger
from sql.outbox import messages
from sql.outlier_cases import Found, open_cases
from sql.reader_periods import day, reporting_period
from sql.recipients import add_recipient, recipients
from tests.sql.small_release import SITES, Procedure, write_release

ENDED = "has ended, with nothing after it"
TODAY = date(2026, 11, 16)  # a Monday; 2026/27 Q2 was due on 11 November
ROLES = {
    "site uploader": ("ZZ102",),
    "site lead": ("ZZ102",),
    "governance lead": ("ZZ301", "ZZ302"),
    "registry team": (),
}


class Mailed:
    """A home, and what each role is told in it."""

    def __init__(self, path):
        self.home = create_home(path, demo_today=TODAY)
        register = self.home.path / "register" / "1"
        register.mkdir()
        names = {"site_ods_code": list(SITES), "site_name": [f"Site of {site}" for site in SITES]}
        pl.DataFrame(names).write_parquet(register / "site.parquet")
        since = pl.Series([date(2020, 1, 1)] * len(SITES))
        designated = {"site_ods_code": list(SITES), "designation_start": since}
        ends = pl.lit(None, pl.Date).alias("designation_end")
        frame = pl.DataFrame(designated).with_columns(ends)
        frame.write_parquet(register / "site_designation.parquet")
        self.ledger = Ledger(self.home.ledger_path)
        for role, sites in ROLES.items():
            address = f"{role.replace(' ', '.')}@trust.nhs.uk"
            add_recipient(self.ledger, address, role, sites, by="team", at=self.noon(TODAY))

    def noon(self, on):
        return datetime(on.year, on.month, on.day, 12, tzinfo=UTC)

    def hold(self, site="ZZ102", on=TODAY, period="2026/27 Q2", filename="x.zip", note=None):
        of, at = reporting_period(period), self.noon(on)
        name = f"{site} {on} {period}"
        about = {"site": site, "filename": filename, "size": 1, "sha256": "0", "by": "site"}
        self.ledger.receive(name, at=at, **about)
        self.ledger.move(name, "checking", by="worker", at=at)
        said = {"period_start": of.start.isoformat(), "period_end": of.end.isoformat()}
        said |= {"submission_type": "FULL", "note": note}
        self.ledger.move(name, "held", by="worker", at=at, **said)

    def release(self, *drawn):
        return write_release(
            self.home.path, list(drawn) or [Procedure(site, "P1") for site in SITES]
        )

    def change(self, *statements):
        with duckdb.connect(str(self.home.path / "releases" / "release-14.duckdb")) as connection:
            for statement in statements:
                connection.execute(statement)

    def case(self, at=TODAY, **evidence):
        period = reporting_period("2025/26")
        said = {"title": "Bleeding"} | evidence
        found = Found("ZZ301", "E", "S2_30", "alarm", period, said, release=14)
        return open_cases(self.ledger, [found], by="team", at=self.noon(at))

    def told(self, on=TODAY):
        """The lines of each recipient's new letter, by role."""
        known = len(messages(self.ledger))
        queue_digests(self.home, self.ledger, by="worker", at=self.noon(on))
        roles = {one.number: one.role for one in recipients(self.ledger)}
        return {roles[m["recipient"]]: m["body"] for m in messages(self.ledger)[known:]}

    def lines(self, role, on=TODAY, holding=""):
        return lines(self.told(on).get(role, ""), holding)


def lines(body, holding=""):
    return [line for line in body.splitlines() if line.startswith("- ") and holding in line]


@pytest.fixture
def mailed(tmp_path):
    made = Mailed(tmp_path / "home")
    yield made
    made.ledger.close()


def test_those_who_decide_are_told_by_when_a_held_export_lapses(mailed):
    mailed.hold()
    said = (
        "- 14 Dec 2026: an export of Site of ZZ102 (ZZ102) for 2026/27 Q2 is held; without a "
        "decision it lapses. Page: Submissions."
    )
    told = mailed.told()
    for role in ("site uploader", "site lead", "registry team"):
        assert said in told[role].splitlines()
    assert "governance lead" not in told


@pytest.mark.parametrize(("left", "heading"), [(0, 1), (7, 1), (8, 3), (30, 3), (31, 4)])
def test_a_thing_stands_under_how_soon_it_is(mailed, left, heading):
    mailed.hold(on=TODAY + timedelta(days=left - 28))
    body = mailed.told()["site lead"]
    under = body.split(HEADINGS[heading].upper())[1].strip().splitlines()[0]
    assert under.startswith(f"- {day(TODAY + timedelta(days=left))}: an export of")


def test_it_is_told_again_when_it_comes_nearer_and_not_between(mailed):
    mailed.hold(on=TODAY)
    lapses = TODAY + timedelta(days=28)
    told = [
        left
        for left in range(28, -1, -1)
        if "site lead" in mailed.told(lapses - timedelta(days=left))
    ]
    assert told == [28, 7]


@pytest.mark.parametrize(("before", "is_told"), [(15, False), (14, True), (0, True), (-1, False)])
def test_a_quarter_is_told_of_from_two_weeks_before_its_due_date(mailed, before, is_told):
    on = date(2027, 2, 11) - timedelta(days=before)  # of 2026/27 Q3
    found = mailed.lines("site lead", on, "is due.")
    said = "an export or a nil return of Site of ZZ102 (ZZ102) for 2026/27 Q3 is due. Page: Upload."
    assert found == ([f"- 11 Feb 2027: {said}"] if is_told else [])


def test_an_overdue_quarter_is_told_again_every_week_of_it(mailed):
    due = date(2026, 11, 11)
    told = {}
    for days in range(1, 15):
        for line in mailed.lines("site lead", due + timedelta(days=days), "overdue"):
            told[days] = line.partition("; it is ")[2]
    assert told == {
        1: "less than a week overdue. Page: Upload.",
        7: "1 week overdue. Page: Upload.",
        14: "2 weeks overdue. Page: Upload.",
    }


def test_the_registry_team_is_told_who_is_overdue(mailed):
    mailed.hold()
    found = mailed.lines("registry team", holding="overdue")
    assert [line.partition("(")[2][:5] for line in found] == [s for s in SITES if s != "ZZ102"]
    said = "Site of ZZ101 (ZZ101) has sent nothing for 2026/27 Q2; it is less than a week"
    assert found[0] == f"- 11 Nov 2026: {said} overdue. Page: Home."


def test_a_flag_is_told_once_without_a_count_to_those_who_answer_for_it(mailed):
    drawn = [Procedure("ZZ301", f"P{n}", date(2026, 5, 1), {"S5_30": 1}) for n in range(9)]
    mailed.release(*drawn)
    told = mailed.told()
    title = "Major complication (Clavien-Dindo IIIa or worse), 30 days"
    said = [f"- a provisional flag at Site of ZZ301 (ZZ301): {title}. Page: Cases."]
    assert lines(told["governance lead"], "flag") == lines(told["registry team"], "flag") == said
    assert "flag" not in told["site lead"]
    mailed.case(at=TODAY - timedelta(days=60))  # late: the next day has something to say
    assert "flag" not in mailed.told(TODAY + timedelta(days=1))["registry team"]


def test_a_flag_that_had_gone_is_told_again_when_it_returns(mailed):
    drawn = [Procedure("ZZ301", f"P{n}", date(2026, 5, 1), {"S5_30": 1}) for n in range(9)]
    found = []
    for days, now in enumerate((drawn, drawn, [], drawn)):
        mailed.release(*now)
        told = mailed.lines("governance lead", TODAY + timedelta(days=days), "flag")
        found.append(len(told))
    assert found == [1, 0, 0, 1]


@pytest.mark.parametrize(("days", "is_told"), [(4, False), (5, True), (10, True), (11, True)])
def test_a_case_is_told_of_from_five_working_days_before_its_deadline(mailed, days, is_told):
    mailed.case()  # the data check: ten working days, to 30 November
    on = TODAY + timedelta(days=[0, 1, 2, 3, 4, 7, 8, 9, 10, 11, 14, 15][days])
    found = mailed.lines("registry team", on, "case 1")
    assert bool(found) == is_told
    assert mailed.lines("governance lead", on + timedelta(days=30), "case 1") == []
    if is_told:
        late = "; due 30 Nov 2026, 1 working day over" if days == 11 else ""
        said = "case 1 of Site of ZZ301 (ZZ301) (alarm: Bleeding, 2025/26) waits for the check of"
        assert found == [f"- 30 Nov 2026: {said} data and analysis{late}. Page: Cases."]


def test_a_late_case_is_told_every_working_day(mailed):
    mailed.case()
    days = [date(2026, 12, 1) + timedelta(days=n) for n in range(7)]
    told = [on.day for on in days if mailed.lines("registry team", on, "case 1")]
    assert told == [1, 2, 3, 4, 7]


def standing_until(mailed, ends, table="stg_governance_approval", column="valid_to"):
    """What each role is told where all else has no end."""
    mailed.release()
    mailed.change(
        "update stg_governance_approval set valid_to = null",
        f"update {table} set {column} = date '{ends}'",
    )
    told = mailed.told()
    return {role: lines(told.get(role, ""), "Page: Compliance") for role in ROLES}


@pytest.mark.parametrize(
    ("days", "said"),
    [(-91, None), (-90, ENDED), (-1, ENDED), (0, "ends"), (90, "ends"), (91, None)],
)
def test_what_allows_a_site_to_treat_is_told_of_for_90_days(mailed, days, said):
    ends = TODAY + timedelta(days=days)
    line = (
        f"- {day(ends)}: Site of ZZ102 (ZZ102): the governance approval {said}. Page: Compliance."
    )
    found = standing_until(mailed, ends)
    assert found["site lead"] == ([line] if said else [])
    assert len(found["registry team"]) == (len(SITES) if said else 0)
    assert len(found["governance lead"]) == (2 if said else 0)
    assert found["site uploader"] == []


@pytest.mark.parametrize(
    ("table", "column", "what"),
    [
        ("stg_site_designation", "designation_end", "the designation as a specialist centre"),
        ("stg_study_site", "closed", "the last open study"),
        ("stg_operator_training", "expiry_date", "Operator 2's sign-off"),
    ],
)
def test_designations_studies_and_sign_offs_are_told_of_too(mailed, table, column, what):
    found = standing_until(mailed, TODAY, table, column)["site lead"]
    assert found == [f"- 16 Nov 2026: Site of ZZ102 (ZZ102): {what} ends. Page: Compliance."]


def test_what_is_renewed_is_not_told_of(mailed):
    mailed.release()
    renewed = "insert into stg_governance_approval select site_id, 'A2', decision, date "
    renewed += "'2026-12-01', date '2028-12-01', null from stg_governance_approval"
    mailed.change(f"{renewed} where decision = 'APPROVED'")
    assert mailed.lines("site lead", holding="approval") == []


def test_nothing_is_sent_where_there_is_nothing_to_say(mailed):
    assert "governance lead" not in mailed.told()
    with Ledger(mailed.home.path / "empty.sqlite") as ledger:
        assert queue_digests(mailed.home, ledger, by="worker", at=mailed.noon(TODAY)) == []


def drawn_tokens(rng):
    """Words as a site might type them, as long as a chance match is impossible."""
    return lambda: "".join(rng.choices(string.ascii_uppercase + string.digits, k=10))


@pytest.mark.sampled(1)
@pytest.mark.parametrize("seed", range(8))
def test_no_letter_holds_a_fact_of_a_patient_an_operator_or_a_sites_own_words(mailed, seed):
    rng = random.Random(seed)
    token = drawn_tokens(rng)
    secrets, days = [], []

    def secret():
        secrets.append(token())
        return secrets[-1]

    drawn = []
    for site in SITES:
        for _ in range(rng.randint(3, 12)):
            days.append(date(2026, 1, 1) + timedelta(days=rng.randrange(150)))
            values = {"S5_30": rng.randint(0, 1), "S2_30": 1}
            about = {"patient": secret(), "operator": secret()}
            drawn.append(Procedure(site, secret(), days[-1], values, **about))
        mailed.hold(
            site, TODAY - timedelta(days=rng.randrange(28)), filename=secret(), note=secret()
        )
    mailed.release(*drawn)
    ends = TODAY + timedelta(days=rng.randrange(-90, 90))
    mailed.change(
        f"update stg_governance_approval set approval_id = '{secret()}', valid_to = date '{ends}'",
        f"update stg_operator_training set operator_pseudo_id = '{secret()}', "
        f"expiry_date = date '{ends}'",
        f"update stg_study_site set study_id = '{secret()}', closed = date '{ends}'",
        f"update stg_research_study set study_id = '{secrets[-1]}'",
    )
    mailed.case(at=TODAY - timedelta(days=60), events=secret())
    told = [*mailed.told().values(), *mailed.told(TODAY + timedelta(days=21)).values()]
    subjects = [m["subject"] for m in messages(mailed.ledger)]
    kept = json.dumps([m["told"] for m in messages(mailed.ledger)])
    everything = "\n".join((*told, *subjects, kept))
    assert all(found in everything for found in ("held", "flag", "sign-off", "approval", "case 1"))
    forms = {form for on in days for form in (day(on), str(on), f"{on:%d/%m/%Y}")}
    assert [word for word in (*secrets, *forms) if word in everything] == []


def test_every_page_named_is_one_that_its_reader_may_open(mailed):
    drawn = [Procedure("ZZ301", f"P{n}", date(2026, 5, 1), {"S5_30": 1}) for n in range(9)]
    mailed.release(*drawn)
    for site in ("ZZ102", "ZZ301"):
        mailed.hold(site, period="2025/26 Q2")
    mailed.case(at=TODAY - timedelta(days=60))
    told = mailed.told()
    assert told.keys() == set(ROLES)
    for one in recipients(mailed.ledger):
        pages = {page.title for page in PAGES if one.viewer.may(page.action)}
        lines = [line for line in told[one.role].splitlines() if line.startswith("- ")]
        assert {line.rpartition("Page: ")[2].rstrip(".") for line in lines} <= pages
