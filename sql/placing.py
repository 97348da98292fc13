"""Which current rows have lost their parent, and which key fields are filled."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from expectations.dictionary import PATIENT, PATIENT_KEY, Column, Table, site_tables

# Without these parents a row has no place (rule K05a); a broken link to an MDT review, an
# enrolment, an approval or an operator is kept, and the rule that needs it cannot tell.
PARENTS = frozenset({"patient", "procedure", "lesion", "followup_imaging"})

KEY_FIELD_CLAUSE = "1.4"  # the guidance's list of what a registry should hold


def place(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `unplaced`: one row per (site_id, table_name, record_key, missing_table).

    A row is unplaced where a parent that it must have is not current, or is itself
    unplaced: nothing that hangs from a withdrawn procedure reaches a fact.
    """
    connection.execute("""
        create table unplaced (
            site_id varchar, table_name varchar, record_key varchar, missing_table varchar,
            missing_key varchar, submission_id varchar, source_file varchar,
            source_line bigint
        )
    """)
    links = [(t, *link) for t in site_tables().values() for link in parents(t)]
    orphans = " union all ".join(
        f"""
            {_listed(table, name, parent)}
            where not exists (
                select 1
                from stg_{parent} as parent
                where parent.site_id = child.site_id and parent.{name} = child.{name}
            )
        """
        for table, name, parent in links
    )
    connection.execute(f"insert into unplaced {orphans}")
    if not connection.execute("select 1 from unplaced limit 1").fetchall():
        return
    for table, name, parent in links:  # parents first: the order of the dictionary
        connection.execute(f"""
            insert into unplaced
            {_listed(table, name, parent)}
            inner join stg_{parent} as parent
                on parent.site_id = child.site_id and parent.{name} = child.{name}
            where exists (
                select 1
                from unplaced as lost
                where lost.site_id = parent.site_id
                    and lost.table_name = '{parent}'
                    and lost.record_key = parent.record_key
            )
        """)


def _listed(table: Table, name: str, parent: str) -> str:
    return f"""
        select
            child.site_id, '{table.name}', child.record_key, '{parent}',
            child.{name}, child.submission_id, child.source_file, child.source_line
        from stg_{table.name} as child
    """


def stage_key_fields(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `stg_key_field`: one row per (site_id, table_name, column_name, record_key).

    Of the fields that a record should hold: a conditional one only where its condition
    holds. procedure_id is the procedure that the record names, if it names one.
    """
    connection.execute(f"create table stg_key_field as {key_field_select()}")


def key_field_select() -> str:
    """The select of `stg_key_field`."""
    return " union all ".join(_key_field_selects())


def key_fields(table: Table) -> list[Column]:
    """The table's columns that completeness is judged on, in dictionary order."""
    return [
        column
        for column in table.columns.values()
        if KEY_FIELD_CLAUSE in column.clause and not column.is_optional and not column.places_record
    ]


def _key_field_selects() -> Iterator[str]:
    for table in site_tables().values():
        fields = key_fields(table)
        if not fields:
            continue
        patient, joined = _patient_of(table)
        procedure = "record.procedure_id" if "procedure_id" in table.columns else "null"
        for column in fields:
            yield f"""
                select
                    record.site_id,
                    '{table.name}' as table_name,
                    '{column.name}' as column_name,
                    record.record_key,
                    {patient} as patient_key,
                    cast({procedure} as varchar) as procedure_id,
                    record.{column.name} is not null as is_filled
                from stg_{table.name} as record
                {joined}
                where {_expected(column)}
            """


def _expected(column: Column) -> str:
    if column.when is None:
        return "true"
    if not column.when.is_in:
        return f"record.{column.when.column} is not null"
    codes = ", ".join(f"'{code}'" for code in column.when.is_in)
    return f"record.{column.when.column} in ({codes})"


def _patient_of(table: Table) -> tuple[str, str]:
    """The patient of a record, by itself or by its lesion: an expression and a join."""
    if table.holds_patients:
        return f"record.{PATIENT_KEY}", ""
    if "lesion_id" in table.columns:
        joined = "inner join stg_lesion as lesion using (site_id, lesion_id)"
        return f"lesion.{PATIENT_KEY}", joined
    raise LookupError(f"{table.name}: a record of it names no patient and no lesion")


def parents(table: Table) -> Iterator[tuple[str, str]]:
    """The links that place a row: the name of the key at rest, and the parent's table."""
    for column in table.columns.values():
        if column.places_record and column.references in PARENTS:
            yield (
                PATIENT_KEY if column.name == PATIENT else column.name,
                column.references or "",
            )
