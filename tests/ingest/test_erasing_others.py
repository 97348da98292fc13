"""An erasure and other patients: what was found at their rows, because of one who is gone."""

import csv
from datetime import date
from io import StringIO

import duckdb
import polars as pl
import pytest

from expectations.dictionary import site_tables, stored_columns
from expectations.rules import sql_rules
from ingest import erasing, inbox
from ingest.accepted_of import accepted_of
from ingest.erasure_plan import planned, theirs
from ingest.state import (
    PLACE,
    lay_over,
    load_code_groups,
    load_held,
    load_sent,
    load_submission,
)
from ingest.verdicts import make_verdicts
from ingest.working_days import load_working_days
from sql import erasures
from sql.walk import current
from tests.ingest.erasable import (
    LATER,
    OURS,
    PATIENTS,
    TEAM,
    erase,
    figures,
    of_patient,
    only,
    order,
    submitted,
    told,
    without,
)
from tests.ingest.journeys import CORRECTION, SECOND
from tests.ingest.test_journey import EXPORTS, FIRST, Registry, cell, changed

FIRST_OF_STUDY = PATIENTS[1]  # with 15 of the 32 deliveries of pulses


def deliveries(text):
    """Nearly all spacings that are whole fives are theirs, and the only other pulse count."""
    head, *rows = csv.reader(StringIO(text))
    theirs = of_patient(FIRST_OF_STUDY, FIRST)["delivery_id"]
    written = StringIO()
    file = csv.writer(written, lineterminator="\n")
    file.writerow(head)
    others = 0
    for row in (dict(zip(head, one, strict=True)) for one in rows):
        is_theirs = row["delivery_id"] in theirs
        others += not is_theirs
        row["pulses_delivered"] = 80 if is_theirs else 90
        row["spacing_mm"] = "20" if is_theirs or others <= 6 else row["spacing_mm"]
        file.writerow(row.values())
    return written.getvalue()


@pytest.fixture
def exports(tmp_path):
    """Two quarters, and later the enrolment of another patient in the same study alone."""
    made = {
        "first": changed(
            FIRST,
            research_enrolment=cell("consent_date", 2, "2023-11-01"),
            pulse_delivery=deliveries,
        ),
        "second": SECOND.read_bytes(),
        "third": only(SECOND, "research_enrolment"),
    }
    paths = {name: tmp_path / f"{name}.zip" for name in made}
    for name, data in made.items():
        paths[name].write_bytes(data)
    consented = cell("consent_date", 4, "2023-11-15")
    third = changed(paths["third"], research_enrolment=consented, manifest=CORRECTION)
    paths["third"].write_bytes(third)
    return list(paths.values())


@pytest.fixture
def registries(tmp_path, exports):
    """One that holds the patient, and one that never did."""
    both = [Registry(tmp_path / name) for name in ("ours", "never")]
    for registry, data in (
        (both[0], [path.read_bytes() for path in exports]),
        (both[1], [without(path, FIRST_OF_STUDY, *exports) for path in exports]),
    ):
        for one in data:
            registry.worker.check(registry.send(one))
        registry.worker.run_once()
    yield both
    for registry in both:
        registry.ledger.close()


def found(registry, submission_id):
    path = registry.home.submission_folder(submission_id) / "findings.parquet"
    return set(pl.read_parquet(path)["rule"])


def said(registry):
    """What the report of each submission lists, but for what moves from run to run."""
    return [
        inbox.report(registry.home.path, one).findings.drop("status").sort("finding_id").rows()
        for one in submitted(registry)
    ]


@pytest.mark.trial
def test_rules_that_look_across_patients_say_of_the_rest_what_they_would_have_said(registries):
    ours, never = registries
    first, _, third = submitted(ours)
    assert "K12" in found(ours, first) > {"D07"}
    assert not {"K11"} & found(ours, first)
    assert "D07" not in found(ours, third)
    before = told(ours)[-1]
    done = erase(ours, FIRST_OF_STUDY)
    assert (done["state"], done["submissions"]) == ("done", 3)
    assert not {"K12", "D07"} & found(ours, first)
    assert "K11" in found(ours, first)
    assert "D07" in found(ours, third)
    assert told(ours) == told(never)
    assert told(ours)[-1][1] == before[1], "it held nothing of theirs: its digest stays"
    assert (ours.home.submission_folder(third) / "export.zip").exists()
    held, never_held = figures(ours), figures(never)
    assert {name for name in held if held[name] != never_held[name]} == set()
    assert said(ours) == said(never)
    answered(ours, third, "D07")


def answered(registry, submission_id, rule):
    """Answer a query of a submission, as its site does."""
    home, day = registry.home.path, registry.now.date()
    findings = inbox.report(home, submission_id).findings.filter(rule=rule)
    given = {"reason": "as the register says", "by": "site lead", "at": registry.now}
    (query,) = findings["finding_id"]
    inbox.answer_finding(home, submission_id, query, expires=date(2027, 3, 1), **given)
    answers = inbox.report(home, submission_id, day).findings.filter(rule=rule)["answer"]
    assert answers.to_list() == [given["reason"]]


SITE = "ZZ302"  # where a patient is the first of a study, and the next is not in time


def of_site(registry, keep=lambda name, rows: rows):
    """The rows of a site as if they were sent in one export."""
    rows = current(accepted_of(registry.home, registry.ledger.walk(), SITE), keep)
    numbered = pl.int_range(1, pl.len() + 1).alias("row_id")
    day = pl.lit(date(2026, 11, 16)).alias("extract_date")
    return {
        name: frame.select(*stored_columns(site_tables()[name]), *PLACE, numbered, day)
        for name, frame in rows.items()
    }


def failing(home, rows):
    """By rule and column, the keys of the rows that fail."""
    found = {}
    with duckdb.connect() as connection:
        load_code_groups(connection)
        load_working_days(connection)
        load_submission(connection, date(2026, 11, 16))
        load_sent(connection, rows)
        load_held(connection, (), home.newest_register())
        lay_over(connection, rows, is_full=True)
        for name, frame in rows.items():
            make_verdicts(connection, name, [one for one in sql_rules() if one.table == name])
            keys = dict(frame.select("row_id", "record_key").iter_rows())
            verdicts = connection.execute(f"select column_name, failing from verdict_{name}")
            for asked, fail in verdicts.fetchall():
                found[name, asked] = {keys[row] for row in fail}
    return found


@pytest.mark.trial
def test_no_rule_but_those_declared_so_says_of_a_patient_what_rests_on_another(tmp_path):
    registry = Registry(tmp_path / "home")
    for source in sorted((EXPORTS / SITE).glob("*.zip")):
        registry.worker.check(registry.send(source.read_bytes(), site=SITE))
    home, whole = registry.home, of_site(registry)
    patients = whole["patient"]["patient_key"].sort().to_list()
    across = {(one.table, one.column_name) for one in sql_rules() if one.looks_across}
    everywhere, moved, fail = failing(home, whole), set(), 0
    enrolled = whole["research_enrolment"].sort("consent_date")
    firsts = enrolled.unique("study_id", keep="first", maintain_order=True)["patient_key"]
    for gone in (firsts.to_list(), patients[::2], patients[1::2]):
        plan = planned(home, gone, {})

        def others(name, rows, plan=plan):
            return rows.filter(~theirs(rows, site_tables()[name], plan, SITE))

        rest = of_site(registry, others)
        left = {name: set(rows["record_key"]) for name, rows in rest.items()}
        for place, keys in failing(home, rest).items():
            fail += len(keys)
            if keys != everywhere[place] & left[place[0]]:
                moved.add(place)
    assert fail > 20, "the rows have faults to be found"
    assert moved == across
    registry.ledger.close()


def test_a_rule_that_looks_across_patients_asks_and_holds_nothing():
    severities = {one.rule.severity for one in sql_rules() if one.looks_across}
    assert severities == {"W"}, "an erasure decides on no submission anew"


@pytest.mark.sampled(1)
@pytest.mark.parametrize("is_moved", [False, True])
def test_what_was_previewed_is_asked_again_only_where_the_registry_has_moved(
    two_quarters, monkeypatch, is_moved
):
    asked = []

    def add_moved(work, plan):
        asked.append(len(plan.submissions))

    monkeypatch.setattr(erasing, "add_moved", add_moved)
    number = order(two_quarters, [OURS])
    if is_moved:
        two_quarters.later(manifest=LATER, procedure=cell("max_sbp", 2, "150"))
    home = two_quarters.home.path
    inbox.confirm_erasure(home, number, viewer=TEAM, at=two_quarters.now)
    two_quarters.worker.run_once()
    assert asked == ([2, 3] if is_moved else [2])
    assert erasures.erasure(two_quarters.ledger, number)["submissions"] == asked[-1]
    assert two_quarters.worker.previewed is None
