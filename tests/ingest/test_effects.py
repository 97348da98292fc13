"""What a finding moves, for how many procedures, and which comes first."""

import duckdb
import polars as pl
import pytest

from expectations.dictionary import site_tables
from expectations.rules import catalogue
from ingest.effect_words import effect_in_words, with_sentences
from ingest.effects import indicators_of, with_effects
from ingest.findings import FINDING_SCHEMA
from ingest.links import procedure_links
from ingest.state import lay_over, load_held, load_sent
from sql import catalog
from tests.sql.drawing import draw, stored

DRAWN = {
    "patient": "patient\na\nb\nc",
    "procedure": """
        procedure_id | patient | mdt_id | primary_operator_pseudo_id | second_operator_pseudo_id
        p1           | a       | m1     | o1                         |
        p2           | a       |        | o2                         | o1
        p3           | b       | m3     | o2                         |
    """,
    "lesion": "lesion_id | patient\nl1 | a\nl2 | a",
    "lesion_treatment": "procedure_id | lesion_id\np1 | l1\np2 | l1\np2 | l2",
    "mdt_review": "mdt_id | patient\nm1 | a\nm9 | b",
    "complication": "complication_id | procedure_id | patient\nc1 | p2 | a",
    "lesion_response": "imaging_id | lesion_id\ni1 | l1",
    "vital_status": "patient\na\nc",
    "operator_training": "training_id | operator_pseudo_id\nt1 | o1\nt2 | o2",
}
SENT = {
    name: stored(site_tables()[name], draw(text)).with_row_index("row_id", offset=1)
    for name, text in DRAWN.items()
}
SENT = {name: frame.with_columns(pl.col("row_id").cast(pl.Int64)) for name, frame in SENT.items()}
LINKS = {name: SENT[name] for name in ("procedure", "lesion_treatment")}


def finding(rule, table, column=None, row_id=None, key=None, line=None):
    at = {"rule": rule, "table_name": table, "column_name": column, "row_id": row_id}
    return at | {"record_key": key, "source_line": line}


def found(*rows, sent=SENT, held=None):
    findings = pl.DataFrame(list(rows), schema=FINDING_SCHEMA, orient="row")
    return with_effects(findings, sent, held or {}, LINKS)


@pytest.mark.parametrize(
    ("table", "row", "procedures"),
    [
        ("patient", 1, 2),
        ("patient", 2, 1),
        ("patient", 3, 0),  # has no procedure
        ("procedure", 1, 1),
        ("lesion", 1, 2),
        ("lesion", 2, 1),
        ("lesion_treatment", 3, 1),
        ("mdt_review", 1, 1),
        ("mdt_review", 2, 0),  # no procedure names it
        ("complication", 1, 1),
        ("lesion_response", 1, 2),
        ("vital_status", 1, 2),
        ("operator_training", 1, 2),  # as first and as second operator
        ("operator_training", 2, 2),
    ],
)
def test_a_finding_concerns_the_procedures_that_its_record_reaches(table, row, procedures):
    key = site_tables()[table].key[0]
    (concerned,) = found(finding("K04a", table, key, row))["procedures"]
    assert concerned == procedures


def test_a_finding_about_a_table_concerns_all_its_procedures():
    (concerned,) = found(finding("K04b", "lesion_treatment"))["procedures"]
    assert concerned == 3  # F: of the export


def test_a_finding_names_its_case_and_the_quarter_of_it():
    rows = found(
        finding("K04a", "complication", "complication_id", 1),
        finding("K04a", "patient", "patient_pseudo_id", 1),
        finding("K04a", "patient", "patient_pseudo_id", 3),
    )
    assert sorted(rows.select("case", "period").rows(), key=str) == [
        ("p1 and 1 more", "2023/24 Q4"),
        ("p2", "2023/24 Q4"),
        (None, None),
    ]


def test_a_held_record_that_would_go_still_has_its_procedure():
    held = {"complication": SENT["complication"].with_columns(record_key=pl.lit("c9"))}
    (concerned,) = found(finding("K06", "complication", key="c9"), held=held)["procedures"]
    assert concerned == 1


def test_a_repeated_procedure_without_its_key_is_one_procedure():
    nameless = SENT["procedure"].with_columns(
        procedure_id=pl.lit(None, pl.String), record_key=pl.lit(None, pl.String)
    )
    rule = "procedure.procedure_id.REQUIRED"
    (concerned,) = found(
        finding(rule, "procedure", "procedure_id", 1), sent=SENT | {"procedure": nameless}
    )["procedures"]
    assert concerned == 1


@pytest.mark.parametrize(
    ("rule", "table", "column", "moved"),
    [
        ("D02", "procedure", "mdt_id", ("C2", "C11")),
        ("D08", "procedure", "primary_operator_pseudo_id", ("C4", "C11")),
        ("D09", "procedure", "procedure_date", ("C3", "C11")),
        ("D10", "procedure", "approval_id", ("C5", "C11")),
        ("P01", "procedure", "anaesthesia", ("C6",)),
        ("P09", "pulse_delivery", "parallel_confirmed", ("C7",)),
        ("P03b", "pulse_delivery", "ecg_sync", ("C8",)),
        ("vital_status.death_date.DATE_FORMAT", "vital_status", "death_date", ("S7_30", "S7_90",
         "E4_LTP", "E4_LTPL", "E5_PFS", "E6_OS", "E8_12M", "Q3_M3", "Q3_M12",
         "D5_M1", "D5_M12")),
        ("procedure.max_sbp.PLAUSIBLE", "procedure", "max_sbp", ()),
        ("READ.OLDER", None, None, ()),
    ],
)  # fmt: skip
def test_a_finding_moves_what_rests_on_what_it_takes_or_what_it_breaks(rule, table, column, moved):
    assert indicators_of(rule, table, column) == moved


def test_what_refuses_the_export_takes_it_from_every_indicator():
    assert indicators_of("K03", "procedure", "site_ods_code") == tuple(catalog.indicators())
    (concerned,) = found(finding("K03", "patient", "site_ods_code", 3))["procedures"]
    assert concerned == 3


def test_a_row_left_out_moves_more_than_a_value_left_out():
    row = indicators_of("K04a", "complication", "complication_id")
    value = indicators_of("complication.onset_date.DATE_FORMAT", "complication", "lfpse_ref")
    assert {"S1_90", "O04_30"} <= set(row)
    assert value == ()


def test_findings_come_gravest_first_then_by_what_they_do():
    rows = found(
        finding("procedure.max_sbp.PLAUSIBLE", "procedure", "max_sbp", 1, line=2),
        finding("D02", "procedure", "mdt_id", 2, line=3),
        finding("lesion.segment.CODE", "lesion", "segment", 2, line=3),
        finding("procedure.procedure_date.DATE_FORMAT", "procedure", "procedure_date", 3, line=4),
        finding("procedure.mdt_id.TYPE", "procedure", "mdt_id", 1, line=2),
    )
    assert rows["rule"].to_list() == [
        "procedure.procedure_date.DATE_FORMAT",  # R, all indicators
        "procedure.mdt_id.TYPE",  # R, three indicators (C2, C11 and C1_TOLD)
        "lesion.segment.CODE",  # R, two indicators (D2 and D2_ALL)
        "D02",
        "procedure.max_sbp.PLAUSIBLE",
    ]
    assert rows.height == 5
    assert rows.columns == [*FINDING_SCHEMA, "indicators", "procedures", "case", "period"]


def test_no_findings_have_no_effects():
    assert found().height == 0


def test_a_hundred_thousand_findings_are_weighed_in_two_seconds():
    import time

    many = pl.DataFrame(
        {
            "rule": "procedure.max_sbp.PLAUSIBLE",
            "table_name": "procedure",
            "column_name": "max_sbp",
            "row_id": [1 + n % 3 for n in range(100_000)],
        },
        schema={n: FINDING_SCHEMA[n] for n in ("rule", "table_name", "column_name", "row_id")},
    )
    many = many.with_columns(
        pl.lit(None, kind).alias(n) for n, kind in FINDING_SCHEMA.items() if n not in many.columns
    ).select(list(FINDING_SCHEMA))
    with_effects(many.head(1), SENT, {}, LINKS)  # the models are read once
    began = time.perf_counter()
    assert with_effects(many, SENT, {}, LINKS)["procedures"].sum() == 100_000
    assert time.perf_counter() - began < 2


def test_links_are_those_of_the_state_and_of_what_would_go():
    with duckdb.connect() as connection:
        sent = {"procedure": SENT["procedure"]}
        load_sent(connection, sent)
        load_held(connection, [], None)
        lay_over(connection, sent, is_full=False)
        links = procedure_links(connection, sent)
    assert links["procedure"].sort("procedure_id")["mdt_id"].to_list() == ["m1", None, "m3"]
    assert links["lesion_treatment"].height == 0


@pytest.mark.parametrize(
    ("severity", "indicators", "procedures", "says"),
    [
        ("B", "C6", 1, "Counts as not met in General anaesthesia with neuromuscular block"
         " (C6): 1 procedure."),
        ("W", "", 3, "Moves no indicator."),
        ("B", "", 3, "Counted as a breach."),
        ("R", "S7_30; S7_90; C6; C2", 2, "Left out, it changes Death within 30 days (S7_30),"
         " Death within 90 days (S7_90), General anaesthesia with neuromuscular block (C6) and"
         " 1 more: 2 procedures."),
        ("F", "", 0, "Nothing of this export counts."),
    ],
)  # fmt: skip
def test_an_effect_is_one_sentence(severity, indicators, procedures, says):
    assert effect_in_words(severity, indicators, procedures) == says


def test_every_finding_says_its_effect_in_the_order_given():
    rows = found(
        finding("D02", "procedure", "mdt_id", 2), finding("P01", "procedure", "anaesthesia", 1)
    ).with_columns(severity=pl.lit("B"))
    told = with_sentences(rows)["effect"]
    assert [("(C2)" in text, "(C6)" in text) for text in told] == [(True, False), (False, True)]


def test_every_rule_of_a_column_can_be_weighed():
    for rule in catalogue().values():
        if rule.table is not None:
            assert isinstance(indicators_of(rule.id, rule.table, rule.column), tuple)
