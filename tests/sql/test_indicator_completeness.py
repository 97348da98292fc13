"""Completeness of the key fields (D2)."""

from __future__ import annotations

from expectations.dictionary import site_tables
from sql.placing import key_fields


def fields(connection, table):
    found = connection.sql(f"""
        select column_name, record_key, value
        from ind_completeness_per_field
        where table_name = '{table}'
    """).fetchall()
    return {(row[0], row[1]): row[2] for row in found}


def test_a_field_of_one_tumour_type_is_not_missing_in_another(warehouse):
    connection = warehouse(
        patient="""
        patient | tumour_type | bclc_stage | afp | ecog_ps
        hcc     | HCC         |            | 5   | 1
        mixed   | MIXED       | A          |     |
        icca    | ICCA        |            |     | 1
        """,
        procedure="procedure_id|patient\na|hcc\nb|mixed\nc|icca",
    )
    found = fields(connection, "patient")
    stage = {key: value for key, value in found.items() if key[0] == "bclc_stage"}
    assert stage == {("bclc_stage", "hcc"): 0, ("bclc_stage", "mixed"): 1}
    assert {key: v for key, v in found.items() if key[0] == "afp"} == {("afp", "hcc"): 1}
    performance = {key[1]: v for key, v in found.items() if key[0] == "ecog_ps"}
    assert performance == {"hcc": 1, "mixed": 0, "icca": 1}


def test_a_field_is_dated_by_the_first_counted_procedure_of_its_patient(warehouse):
    connection = warehouse(
        complete_to="2024-06-30",
        patient="patient\np\nlater\nnever",
        procedure="""
        procedure_id | patient | procedure_date
        second       | p       | 2024-03-01
        first        | p       | 2024-01-01
        uncounted    | later   | 2024-07-01
        """,
    )
    found = connection.sql(
        "select distinct procedure_id, record_key from ind_completeness_per_field"
    ).fetchall()
    assert found == [("first", "p")]


def test_a_field_of_a_scan_s_lesion_counts_for_the_lesion_s_patient(warehouse):
    connection = warehouse(
        procedure="procedure_id|patient\na|p",
        lesion="lesion_id|patient|max_diameter_mm\nl|p|20",
        followup_imaging="imaging_id|patient|imaging_date\ni|p|2024-02-01",
        lesion_response="imaging_id|lesion_id|viable_diameter_mm\ni|l|",
    )
    assert fields(connection, "lesion_response") == {("viable_diameter_mm", "i\x1fl"): 0}
    assert fields(connection, "lesion")[("max_diameter_mm", "l")] == 1


def test_a_field_without_which_a_record_cannot_stand_is_no_key_field():
    chosen = [column for table in site_tables().values() for column in key_fields(table)]
    assert chosen
    assert not [column for column in chosen if column.places_record or column.is_optional]
