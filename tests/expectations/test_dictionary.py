"""The dictionary and the rule catalogue say each thing once, and say it whole."""

import re
import subprocess
import sys

import pytest

from expectations.dictionary import code_lists, manifest, register_tables, site_tables, tables
from expectations.rules import catalogue, column_kinds, column_rule_id, sql_rules


def test_sixteen_tables_are_the_site_s_and_four_are_the_register_s():
    assert len(site_tables()) == 16
    assert list(register_tables()) == ["site", "site_designation", "research_study", "study_site"]


@pytest.mark.parametrize("name", tables())
def test_keys_links_and_conditions_name_columns_and_tables_that_exist(name):
    table = tables()[name]
    assert set(table.key) <= set(table.columns)
    for column in table.columns.values():
        assert column.references is None or column.references in tables()
        assert column.when is None or column.when.column in table.columns
        if column.when is not None and column.when.is_in:
            condition = table.columns[column.when.column]
            assert condition.codes is None or set(column.when.is_in) <= set(condition.codes.codes)
    assert all(table.columns[part].places_record for part in table.key)


def test_every_column_that_is_in_a_range_has_a_plausible_range_within_the_hard_one():
    for table in (*tables().values(), manifest()):
        for column in table.columns.values():
            if column.plausible is not None and column.hard is not None:
                assert column.hard[0] <= column.plausible[0] <= column.plausible[1]
                assert column.plausible[1] <= column.hard[1], (table.name, column.name)


def test_every_subtype_of_a_complication_belongs_to_one_category():
    subtype = code_lists()["subtype"]
    grouped = [code for codes in subtype.groups.values() for code in codes]
    assert sorted(grouped) == sorted(subtype.codes)
    assert set(subtype.groups) == set(code_lists()["nice_category"].codes)


def test_no_two_codes_of_a_list_differ_only_in_case():
    for codes in code_lists().values():
        assert len({code.casefold() for code in codes.codes}) == len(codes.codes), codes.name


def test_every_rule_says_what_is_wrong_and_what_to_do():
    for rule in catalogue().values():
        assert rule.title, rule.id
        assert rule.message, rule.id
        assert rule.fix, rule.id


def test_a_title_speaks_of_its_rule_alone_and_the_reading_of_the_rest():
    """What a site reads first names no other rule; what was decided stands beside it."""
    for rule in catalogue().values():
        assert not re.search(r"\b[KDTPO]\d\d|Read as", rule.title), rule.id
    living = catalogue()["D17"]
    assert living.title.endswith("in the six months before the extract.")
    assert living.reading == (
        "Only sent rows are asked: a held row that grows old is due, not broken by an export."
    )
    assert not catalogue()["D01a"].reading


def test_every_column_rule_is_in_the_catalogue():
    for table in site_tables().values():
        for column in table.columns.values():
            for kind, severity, _ in column_kinds(column):
                rule = catalogue()[column_rule_id(table.name, column.name, kind)]
                assert rule.severity == severity


def test_a_cross_rule_stands_in_a_column_of_its_table():
    for cross in sql_rules():
        assert cross.column in site_tables()[cross.table].columns, cross.rule.id


def test_importing_the_expectations_does_not_load_great_expectations():
    code = (
        "import sys, expectations.dictionary, expectations.rules;"
        " sys.exit('great_expectations' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_rule_of_a_column_is_called_after_what_holds_where_it_is_kept():
    title = catalogue()["pulse_delivery.tip_depth_offset_mm.HARD"].title
    assert title == "Offset of the tips in depth: within what is possible"
    assert catalogue()["patient.diagnosis_basis.CODE"].title.endswith(": a code of its list")
