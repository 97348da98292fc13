"""The walk: which of the accepted rows of a site are current."""

from __future__ import annotations

import duckdb
import polars as pl
import pytest

from sql import walk
from sql.warehouse import BuildError, build
from tests.sql.drawing import BUILT, TODAY, accept, load_register


@pytest.fixture
def built(home):
    """Build a release of the submissions given, in the order given, and open it."""
    opened = []

    def make(*accepted, sites="ZZ101"):
        register = load_register(home, site="site_ods_code\n" + sites.replace(" ", "\n"))
        path = build(home, accepted, register=register, number=1, today=TODAY, built_at=BUILT)
        opened.append(duckdb.connect(str(path), read_only=True))
        return opened[-1]

    yield make
    for connection in opened:
        connection.close()


def rows(connection, query):
    return sorted(connection.sql(query).fetchall())


PATIENT = "patient\np"


def procedures(*cells: str) -> str:
    return "\n".join(["procedure_id | patient | approach", *(f"{c}" for c in cells)])


CURRENT = "select procedure_id, approach, submission_id from stg_procedure"


def test_an_incremental_record_replaces_the_one_of_its_key_and_leaves_the_others(home, built):
    connection = built(
        accept(home, 1, patient=PATIENT, procedure=procedures("a|p|OPEN", "b|p|OPEN")),
        accept(home, 2, procedure=procedures("b|p|PERCUTANEOUS", "c|p|OPEN")),
    )
    assert rows(connection, CURRENT) == [
        ("a", "OPEN", "s1"),
        ("b", "PERCUTANEOUS", "s2"),
        ("c", "OPEN", "s2"),
    ]


def test_a_record_is_replaced_as_a_whole_so_an_empty_cell_empties_it(home, built):
    connection = built(
        accept(home, 1, patient=PATIENT, procedure="procedure_id|patient|comment\na|p|text"),
        accept(home, 2, procedure="procedure_id|patient|comment\na|p|"),
    )
    assert rows(connection, "select comment from stg_procedure") == [(None,)]


def test_the_walk_goes_by_acceptance_number_whatever_order_it_is_given(home, built):
    first = accept(home, 1, patient=PATIENT, procedure=procedures("a|p|OPEN"))
    second = accept(home, 2, procedure=procedures("a|p|LAPAROSCOPIC"))
    assert rows(built(second, first), CURRENT) == [("a", "LAPAROSCOPIC", "s2")]


def test_a_full_submission_starts_its_site_afresh_and_no_other(home, built):
    connection = built(
        accept(home, 1, patient=PATIENT, procedure=procedures("a|p|OPEN", "b|p|OPEN")),
        accept(home, 2, site="ZZ102", patient=PATIENT, procedure=procedures("a|p|OPEN")),
        accept(home, 3, kind="FULL", patient=PATIENT, procedure=procedures("b|p|PERCUTANEOUS")),
        accept(home, 4, procedure=procedures("c|p|OPEN")),
        sites="ZZ101 ZZ102",
    )
    found = rows(connection, "select site_id, procedure_id, submission_id from stg_procedure")
    assert found == [("ZZ101", "b", "s3"), ("ZZ101", "c", "s4"), ("ZZ102", "a", "s2")]
    live = rows(connection, "select submission_id, is_live, is_current from stg_submission")
    assert live == [
        ("s1", False, False),
        ("s2", True, True),
        ("s3", True, True),
        ("s4", True, True),
    ]


def test_a_submission_of_which_every_row_was_replaced_is_superseded(home, built):
    connection = built(
        accept(home, 1, patient=PATIENT),
        accept(home, 2, procedure=procedures("a|p|OPEN")),
        accept(home, 3, procedure=procedures("a|p|PERCUTANEOUS")),
        accept(home, 4, nil_return=True),
    )
    found = rows(connection, "select submission_id, is_current from stg_submission")
    assert found == [("s1", True), ("s2", False), ("s3", True), ("s4", True)]


def test_a_correction_takes_away_what_stood_and_a_later_submission_may_bring_it_back(home, built):
    connection = built(
        accept(home, 1, patient=PATIENT, procedure=procedures("a|p|OPEN", "b|p|OPEN", "c|p|OPEN")),
        accept(
            home,
            2,
            kind="CORRECTION",
            procedure=procedures("c|p|PERCUTANEOUS"),
            removed="table_name | record_key | reason\n"
            "procedure | a | sent twice\n"
            "procedure | b | sent twice\n"
            "lesion | c | another table",
        ),
        accept(home, 3, procedure=procedures("b|p|LAPAROSCOPIC")),
    )
    assert rows(connection, CURRENT) == [("b", "LAPAROSCOPIC", "s3"), ("c", "PERCUTANEOUS", "s2")]


def test_a_removal_touches_its_own_site_only(home, built):
    connection = built(
        accept(home, 1, site="ZZ102", patient=PATIENT, procedure=procedures("a|p|OPEN")),
        accept(home, 2, kind="CORRECTION", removed="table_name | record_key\nprocedure | a"),
        sites="ZZ101 ZZ102",
    )
    assert len(rows(connection, CURRENT)) == 1


CHILDREN = {
    "lesion": "lesion_id|patient\nl|p",
    "lesion_treatment": "procedure_id|lesion_id\na|l",
    "complication": "complication_id|procedure_id|patient\nc|a|p",
    "followup_imaging": "imaging_id|patient|imaging_date\ni|p|2024-02-01",
    "lesion_response": "imaging_id|lesion_id\ni|l",
    "mdt_review": "mdt_id|patient\nm|p",
}


def test_rows_that_lose_their_procedure_are_stored_and_listed_and_reach_no_fact(home, built):
    # the submission that held the procedure was withdrawn: it is not in the walk
    connection = built(accept(home, 2, patient=PATIENT, **CHILDREN))
    assert rows(connection, "select complication_id from stg_complication") == [("c",)]
    assert rows(connection, "select complication_id from fct_complication") == []
    assert rows(connection, "select lesion_id from fct_lesion") == []
    found = rows(connection, "select table_name, missing_table, source_line from unplaced")
    assert found == [("complication", "procedure", 2), ("lesion_treatment", "procedure", 2)]


def test_rows_that_lose_their_patient_are_unplaced_with_all_that_hangs_from_them(home, built):
    connection = built(
        accept(home, 2, procedure=procedures("a|p|OPEN"), **CHILDREN),
    )
    for fact in ("fct_procedure", "fct_complication", "fct_lesion", "fct_followup"):
        assert rows(connection, f"select 1 from {fact}") == []
    found = {row[0] for row in rows(connection, "select distinct table_name from unplaced")}
    assert found == set(CHILDREN) | {"procedure"}


def test_a_governance_link_that_is_broken_does_not_unplace_the_procedure(home, built):
    connection = built(
        accept(
            home,
            1,
            patient=PATIENT,
            procedure="procedure_id|patient|mdt_id|approval_id\na|p|gone|gone",
        )
    )
    assert rows(connection, "select procedure_id, mdt_id from fct_procedure") == [("a", "gone")]


def test_an_exclusion_lasts_until_its_record_is_sent_again_or_removed(home, built):
    excluded = "table_name | record_key | column_name | rule\n"
    connection = built(
        accept(
            home,
            1,
            patient=PATIENT,
            procedure=procedures("kept|p|OPEN", "fixed|p|OPEN"),
            exclusions=excluded
            + "complication|out||R1\ncomplication|back||R1\ncomplication|gone||R1\n"
            + "procedure|kept|approach|R2\nprocedure|fixed|approach|R2\nlesion|||R3",
        ),
        accept(
            home,
            2,
            kind="CORRECTION",
            procedure=procedures("fixed|p|OPEN"),
            complication="complication_id|procedure_id|patient\nback|kept|p",
            removed="table_name | record_key\ncomplication | gone",
        ),
    )
    found = rows(connection, "select coalesce(record_key, '-') from stg_exclusion where is_current")
    assert found == [("-",), ("kept",), ("out",)]


def test_a_finding_is_current_while_its_row_is(home, built):
    drawn = "finding_id | rule | table_name | record_key\nf{0} | W1 | procedure | a"
    connection = built(
        accept(
            home,
            1,
            patient=PATIENT,
            procedure=procedures("a|p|OPEN"),
            findings=drawn.format(1) + "\nf0 | W2 | procedure |",
        ),
        accept(home, 2, procedure=procedures("a|p|OPEN"), findings=drawn.format(2)),
    )
    found = rows(connection, "select finding_id, submission_id, is_current from stg_finding")
    assert found == [("f0", "s1", True), ("f1", "s1", False), ("f2", "s2", True)]


def test_a_file_with_other_rows_than_its_manifest_counts_stops_the_build(home, built):
    one = accept(home, 1, patient="patient\np\nq")
    path = one.folder / "patient.parquet"
    pl.read_parquet(path).head(1).write_parquet(path)
    with pytest.raises(BuildError, match=r"conservation: patient: 1 rows .* 2 in their manif"):
        built(one)
    assert list((home / "releases").iterdir()) == []


def test_a_column_that_an_old_file_does_not_have_is_empty(home, built):
    one = accept(home, 1, patient=PATIENT)
    path = one.folder / "patient.parquet"
    pl.read_parquet(path).drop("afp").write_parquet(path)
    assert rows(built(one), "select patient_key, afp from stg_patient") == [("p", None)]


def test_tables_larger_than_a_batch_are_walked_the_same(home, built, monkeypatch):
    monkeypatch.setattr(walk, "BATCH_ROWS", 2)
    connection = built(
        accept(
            home,
            1,
            patient=PATIENT,
            procedure=procedures(*(f"{name}|p|OPEN" for name in "abcde")),
        ),
        accept(
            home,
            2,
            kind="CORRECTION",
            procedure=procedures("b|p|PERCUTANEOUS", "f|p|OPEN"),
            removed="table_name | record_key\nprocedure | c",
        ),
    )
    assert rows(connection, "select procedure_id, submission_id from stg_procedure") == [
        ("a", "s1"),
        ("b", "s2"),
        ("d", "s1"),
        ("e", "s1"),
        ("f", "s2"),
    ]


def test_a_registry_without_submissions_builds_an_empty_release(built):
    connection = built()
    assert rows(connection, "select count(*) from fct_procedure") == [(0,)]
    assert rows(connection, "select sites_expected, sites_reporting from release") == [(1, 0)]
