"""One procedure as the Reader gives it: as it was sent, where it counts, what was found."""

import polars as pl
import pytest

from expectations.dictionary import PATIENT_KEY
from sql.access import DEMO_VIEWERS, AccessDenied
from sql.reader import Reader
from tests.browser import expected

LEAD = DEMO_VIEWERS["lead"]
SITE = "ZZ102"


@pytest.fixture(scope="module")
def reader(demo_home):
    with Reader.open(demo_home, LEAD) as opened:
        yield opened


@pytest.fixture(scope="module")
def sent():
    """By procedure, what the exports hold of it, by hand."""
    return {row["procedure_id"]: row for row in expected.rows(SITE, "procedure")}


def test_every_field_of_a_procedure_stands_as_it_was_sent(reader, sent):
    for procedure, row in sent.items():
        stored = reader.record(SITE, procedure).stored.filter(table_name="procedure")
        texts = dict(stored["column_name", "value"].iter_rows())
        wanted = {n: v.removesuffix(".0") for n, v in row.items() if v and n in texts}
        assert {name: texts[name] for name in wanted} == wanted
        assert {"procedure_date", "approach"} <= texts.keys() <= wanted.keys()


def test_the_rows_of_every_table_are_the_procedures_or_its_patients(reader, sent):
    for procedure, row in sent.items():
        stored = reader.record(SITE, procedure).stored
        number = dict(stored.group_by("table_name").agg(pl.col("record").max()).iter_rows())
        patient = row["patient_pseudo_id"]
        for table in ("complication", "lesion_treatment", "pulse_delivery"):
            of = [one for one in expected.rows(SITE, table) if one["procedure_id"] == procedure]
            assert number.get(table, 0) == len(of)
        for table in ("patient", "lesion", "followup_imaging", "vital_status", "prom"):
            of = [one for one in expected.rows(SITE, table) if one["patient_pseudo_id"] == patient]
            assert number.get(table, 0) == len(of)


def test_no_patient_key_is_in_a_record(reader, sent):
    found = reader.record(SITE, next(iter(sent)))
    for frame in (found.procedures, found.counts, found.stored, found.findings):
        assert PATIENT_KEY not in frame.columns
        assert "record_key" not in frame.columns
    assert found.counts.filter(unit="patient")["unit_key"].null_count() > 10
    assert found.stored.filter(column_name="patient_pseudo_id").is_empty()


def test_it_counts_where_the_indicators_say(reader, sent):
    bled = {case["procedure_id"] for case in reader.cases("S2_30").iter_rows(named=True)}
    for procedure in sent:
        value = reader.record(SITE, procedure).counts.filter(indicator_id="S2_30")["value"]
        assert (1 in value.to_list()) is (procedure in bled)
    assert bled


def test_findings_are_those_of_its_own_rows(reader, sent):
    rows = reader.finding_rows()
    told, place = set(), ["table_name", "submission_id", "source_file", "source_line"]
    for procedure in sent:
        found = reader.record(SITE, procedure)
        assert found.findings.join(found.stored, on=place, how="anti").is_empty()
        told |= set(found.findings["rule", "source_file", "source_line"].iter_rows())
    of_site = {tuple(row) for row in rows["rule", "source_file", "source_line"].iter_rows()}
    assert told
    assert told <= of_site


def test_another_sites_record_is_refused_and_none_of_an_unknown_id(reader):
    assert reader.record(SITE, "no such id") is None
    with pytest.raises(AccessDenied):
        reader.record("ZZ101", "ZZ101-P0001-1")
