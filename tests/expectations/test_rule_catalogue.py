"""The catalogue: every rule once, with what it rests on, its version and its first day."""

import re

from expectations.rule_files import FOLDER, rules_of
from expectations.rules import catalogue, listed_rules, places, sql_rules

BY_ID = {rule.id: rule for rule in listed_rules()}


def test_every_rule_is_listed_once_in_the_order_of_the_ids():
    ids = [rule.id for rule in listed_rules()]
    assert ids == sorted(catalogue())


def test_every_rule_says_what_it_rests_on_and_from_when_it_is_in_force():
    for rule in listed_rules():
        assert rule.source, rule.id
        assert re.fullmatch(r"(\[(S[0-9]+|M|P)\])(, \[(S[0-9]+|M|P)\])*", rule.provenance), rule.id
        assert re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", rule.effective_from), rule.id
        assert rule.version, rule.id


def test_a_file_bears_the_id_of_its_rule():
    for path in FOLDER.glob("*.sql"):
        ids = {cross.rule.id.lower() for cross in rules_of(path)}
        assert ids == {path.stem.split("_")[0]}


def test_a_source_that_is_general_knowledge_marks_the_rule_to_be_verified():
    assert BY_ID["P04"].provenance == "[P], [M], [S22]"
    assert BY_ID["P04"].is_to_be_verified
    assert BY_ID["P05"].provenance == "[P], [S22]"
    assert not BY_ID["P05"].is_to_be_verified


def test_the_guidance_itself_is_a_source():
    assert BY_ID["P01"].provenance == "[S1]"


def test_a_rule_rests_on_the_sources_of_the_terms_it_uses():
    # T04 uses no term of its own source: BCLC [S55]; T05a the bilirubin bands [M].
    assert BY_ID["T04"].provenance == "[S55]"
    assert BY_ID["T05a"].is_to_be_verified


def test_a_column_s_source_is_that_of_its_limits_and_not_of_its_presence():
    assert BY_ID["pulse_delivery.voltage_v.HARD"].is_to_be_verified
    assert BY_ID["pulse_delivery.voltage_v.PLAUSIBLE"].is_to_be_verified
    assert not BY_ID["pulse_delivery.voltage_v.REQUIRED"].is_to_be_verified
    assert not BY_ID["pulse_delivery.voltage_v.NUMBER"].is_to_be_verified


def test_an_id_that_has_several_codes_has_the_words_of_each():
    assert BY_ID["K01"].code == "MANIFEST, CHECKSUM, ROW_COUNT, FILE_MISSING, FILE_UNLISTED"
    assert "SHA-256" in BY_ID["K01"].message
    assert "row_count" in BY_ID["K01"].message


def test_places_are_the_columns_in_which_a_rule_s_findings_stand():
    assert places()["P11"] == ("pulse_delivery.voltage_v",)
    assert "complication.procedure_id" in places()["K05a"]
    assert "procedure.mdt_id" in places()["K05b"]
    assert "K07" not in places()


HEADER = """-- A drawn rule.
-- Rule: X01
-- Severity: W
-- Row: procedure.opcs4
-- Clause: 1.4
-- Message: Something.
-- Fix: Mend it.
-- Source: Somebody [S5]
"""


def test_a_rule_that_changed_declares_its_version_and_its_first_day(tmp_path):
    path = tmp_path / "x01.sql"
    select = "select row_id, true as holds from procedure"
    path.write_text(f"{HEADER}{select}", "utf-8")
    (cross,) = rules_of(path)
    assert (cross.rule.version, cross.rule.effective_from) == ("1", "2026-01-01")
    path.write_text(f"{HEADER}-- Version: 2\n-- Effective: 2026-10-01\n{select}", "utf-8")
    (cross,) = rules_of(path)
    assert (cross.rule.version, cross.rule.effective_from) == ("2", "2026-10-01")
    assert cross.rule.source == "Somebody [S5]"
    assert cross.select == select


def test_no_two_rules_of_a_table_share_a_column_name():
    names = [(cross.table, cross.column_name) for cross in sql_rules()]
    assert len(names) == len(set(names))
