"""A null in a rule never drops a row: neither its own, nor another that it stands beside.

For every rule in SQL, and every column of the site's tables that it names, the cell of one
row is emptied in a state of many cases that share nothing, most of them with a fault:

- the rule speaks of no row twice and of none that is not there, so that the rows passed,
  found and not evaluable (those it gives no verdict for) are the rows that came in;
- in all other cases it says what it said: what `not in (…, null)`, an inner join on the
  emptied cell or an aggregate over all rows would silence is still found.
"""

from __future__ import annotations

import re
from dataclasses import replace

import duckdb
import polars as pl
import pytest

from expectations.dictionary import site_tables, stored_columns
from expectations.rules import link_rules, sql_rules
from ingest.conform import conform
from ingest.exclusions import exclusions
from ingest.home import create_home
from ingest.pipeline import judge
from ingest.read import read_content
from ingest.state import (
    lay_over,
    load_code_groups,
    load_held,
    load_sent,
    load_submission,
    sent_rows,
)
from ingest.store import Receipt, store
from ingest.submission import Registry
from ingest.working_days import load_working_days
from sql.catalog import tables_read
from tests.ingest.clean_case import case
from tests.ingest.clean_export import export_of, home_with_register
from tests.ingest.cross_faults import cross_faults
from tests.ingest.faults import faulty
from tests.ingest.test_journey import AT

RULES = {f"{rule.rule.id} {rule.table}": rule for rule in (*sql_rules(), *link_rules())}
EXTRACT = AT.date()


class State:
    """Cases laid into a database as a check does it, and whose each row is."""

    def __init__(self, connection, cases, register):
        self.connection, self.n_cases = connection, len(cases)
        self.before = {}  # by rule, what it says of whole rows
        export = export_of(cases)
        sent = {}
        for name, raw in read_content("export.zip", export.zipped()).tables.items():
            typed = conform(raw, site_tables()[name])[0]
            about = {"file": raw.file, "extract": EXTRACT, "storage_keys": None}
            sent[name] = sent_rows(typed, site_tables()[name], **about)
        load_code_groups(connection)
        load_working_days(connection)
        load_submission(connection, EXTRACT)
        load_sent(connection, sent)
        load_held(connection, (), register)
        lay_over(connection, sent, is_full=True)
        self.case_of = {
            name: {row: export.case_at[name, line] for row, line in self._rows(frame)}
            for name, frame in sent.items()
        }

    @staticmethod
    def _rows(frame):
        return frame.select("row_id", "source_line").rows()

    def said(self, rule):
        return self.connection.execute(f"select row_id, holds from ({rule.select})").fetchall()

    def whole(self, rule):
        name = f"{rule.rule.id} {rule.table}"
        if name not in self.before:
            self.before[name] = dict(self.said(rule))
        return self.before[name]

    def said_without(self, rule, table, column, row):
        """What the rule says once this cell is empty."""
        self.connection.execute("begin")
        self.connection.execute(f"update {table} set {column} = null where row_id = {row}")
        found = self.said(rule)
        self.connection.execute("rollback")
        return found

    def wrong(self, rule, table, column, row):
        """In which ways emptying a cell loses a row of the rule's table."""
        before, after = self.whole(rule), self.said_without(rule, table, column, row)
        cases, ids = self.case_of[rule.table], [one for one, _ in after]
        wrong = [f"twice: {one}" for one in set(ids) if ids.count(one) > 1]
        wrong += [f"not there: {one}" for one in set(ids) - set(cases)]
        now = dict(after)
        emptied = self.case_of[table][row]
        return wrong + [
            f"case {cases[one]}: {before.get(one)}, then {now.get(one)}"
            for one in cases
            if cases[one] != emptied and now.get(one) is not before.get(one)
        ]

    def cells(self, rule):
        """The cells to empty: of each column that the rule names, in a case with a fault of
        this rule, if there is one, and in the last case, which has none."""
        faulty = {
            self.case_of[rule.table][row] for row, holds in self.whole(rule).items() if not holds
        }
        words = set(re.findall(r"\w+", re.sub(r"--.*", "", rule.select)))
        for table in sorted(tables_read(rule.select) & set(site_tables())):
            for column in set(stored_columns(site_tables()[table])) & words:
                for one in {*sorted(faulty)[:1], self.n_cases - 1}:
                    for row in [r for r, c in self.case_of[table].items() if c == one][:1]:
                        yield table, column, row


@pytest.fixture(scope="module")
def register(tmp_path_factory):
    return home_with_register(tmp_path_factory.mktemp("nulls")).newest_register()


@pytest.fixture(scope="module")
def state(register):
    faults = list(cross_faults())
    cases = [faulty(fault, number) for number, fault in enumerate(faults, 1)]
    with duckdb.connect(config={"threads": "1"}) as connection:
        yield State(connection, [*cases, case(len(cases) + 1)], register)


@pytest.mark.parametrize("name", RULES)
def test_a_null_in_a_cell_that_a_rule_reads_drops_no_row(state, name):
    rule = RULES[name]
    wrong = {cell: found for cell in state.cells(rule) if (found := state.wrong(rule, *cell))}
    assert wrong == {}


@pytest.mark.parametrize(
    ("table", "column", "select"),
    [
        (  # unknown of everybody, once one key is empty
            "vital_status",
            "patient_key",
            "select row_id, patient_key not in (select patient_key from vital_status"
            " where status = 'DEAD' or patient_key is null) as holds from patient",
        ),
        (  # true of everybody, since the largest number is no longer there
            "patient",
            "lsoa_code",
            "select row_id, count(*) over () = count(lsoa_code) over () as holds from patient",
        ),
        (  # a row of its own for each row that it meets
            "patient",
            "lsoa_code",
            "select patient.row_id, true as holds from patient"
            " left join lesion on patient.lsoa_code is null",
        ),
    ],
    ids=["not in", "over all rows", "join"],
)
def test_a_rule_that_loses_rows_to_a_null_is_noticed(state, table, column, select):
    rule = replace(RULES["D01a patient"], select=select)
    row = next(r for r, one in state.case_of[table].items() if one == state.n_cases - 1)
    state.before.pop("D01a patient", None)
    assert state.wrong(rule, table, column, row)
    state.before.pop("D01a patient", None)


def test_whichever_cell_is_empty_every_record_is_kept_excluded_or_a_duplicate(register, tmp_path):
    """In one export, a case for each column in turn: all tables' n-th columns are empty."""
    widest = max(len(table.columns) for table in site_tables().values())
    cases = [case(number) for number in range(1, widest + 2)]
    for place, rows in enumerate(cases[:widest]):
        for name, (row,) in rows.items():
            columns = list(site_tables()[name].columns)
            row[columns[place % len(columns)]] = ""
    export = export_of(cases)
    known = Registry(register=register, is_alone=False)
    content = export.zipped()
    verdict = judge(lambda: read_content("e.zip", content), lambda _: known, now=AT)
    assert verdict.verdict == "held"
    at_whole_case = {
        (f["table"], f["line"])
        for f in verdict.report["findings"]
        if export.case_at.get((f["table"], f["line"])) == widest
    }
    assert at_whole_case == set()
    assert dict(verdict.report["records"]) == {
        name.removesuffix(".csv"): count for name, count in export.counts.items()
    }
    home = create_home(tmp_path / "home", demo_today=AT.date())
    receipt = Receipt("one", "e.zip", "0" * 64, AT.isoformat(), "site", AT, "site")
    told = store(home, verdict.assessment, receipt, content, 1)
    left_out = exclusions(verdict.assessment).filter(pl.col("column_name").is_null())
    for name, count in export.counts.items():
        table = name.removesuffix(".csv")
        kept = told["tables"].get(table, {"rows": 0})["rows"]
        gone = left_out.filter(table_name=table)["row_id"].n_unique()
        assert kept + gone == count, table
