"""What rates of own rows are worked out from: values, the immature, and what was left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from sql.reader_periods import Period
from sql.reader_source import Source
from sql.selection import Selection, selected

COUNTS = f"""
    select
        value.indicator_id,
        value.site_id,
        count(*) as eligible,
        count(*) filter (where value.value = 1) as events,
        count(*) filter (where value.value is null) as unknown,
        count(*) filter (where value.value is null and procedure.excluded_records > 0)
            as withheld
    from indicator_value as value
    left join fct_procedure as procedure using (site_id, procedure_id)
    where value.indicator_id = any($indicators)
        and value.site_id = any($sites)
        and value.event_date between $start and $finish
        and {selected("value")}
    group by value.indicator_id, value.site_id
"""

# What the window of an indicator has not yet elapsed for, by the unit it counts.
IMMATURE = {
    "procedure": """
        select procedure.site_id, count(*) as immature
        from fct_procedure as procedure
        where {conditions}
        group by procedure.site_id
    """,
    "patient": """
        select procedure.site_id, count(*) as immature
        from fct_procedure as procedure
        where procedure.is_first_procedure and {conditions}
        group by procedure.site_id
    """,
    "lesion": """
        select procedure.site_id, count(*) as immature
        from fct_lesion as lesion
        inner join fct_procedure as procedure using (site_id, procedure_id)
        where lesion.is_first_treatment and {conditions}
        group by procedure.site_id
    """,
}
IMMATURE_WHERE = f"""
    procedure.is_counted
    and procedure.site_id = any($sites)
    and procedure.procedure_date between $start and $finish
    and procedure.observed_days < $maturity
    and {selected("procedure")}
"""

# What accepted exclusions took out of every denominator: procedures, those that lost their
# patient, and complications and deaths of which no procedure is known. A row left out
# without a date may be of any day up to the end of its submission's period.
LEFT_OUT = """
    select site_id, count(distinct record) as left_out
    from (
        select
            exclusion.site_id,
            coalesce(
                exclusion.record_key,
                concat(exclusion.submission_id, ' ', exclusion.source_line)
            ) as record,
            true as is_procedure
        from stg_exclusion as exclusion
        inner join stg_submission as submission using (submission_id)
        where exclusion.table_name = 'procedure'
            and exclusion.column_name is null
            and exclusion.is_current
            and coalesce(exclusion.event_date, submission.period_end) >= $start
            and coalesce(exclusion.event_date, $start) <= $finish
            and not exists (
                select 1
                from fct_procedure as kept
                where kept.site_id = exclusion.site_id
                    and kept.procedure_id = exclusion.procedure_id
            )
        union all
        select procedure.site_id, procedure.record_key as record, true as is_procedure
        from stg_procedure as procedure
        inner join unplaced
            on unplaced.site_id = procedure.site_id
            and unplaced.table_name = 'procedure'
            and unplaced.record_key = procedure.record_key
        inner join stg_exclusion as exclusion
            on exclusion.site_id = unplaced.site_id
            and exclusion.table_name = unplaced.missing_table
            and exclusion.record_key = unplaced.missing_key
            and exclusion.column_name is null
            and exclusion.is_current
        where procedure.procedure_date between $start and $finish
        union all
        select
            exclusion.site_id,
            concat(exclusion.table_name, ' ', exclusion.submission_id, ' ', exclusion.source_line)
                as record,
            false as is_procedure
        from stg_exclusion as exclusion
        inner join stg_submission as submission using (submission_id)
        where exclusion.table_name in ('complication', 'vital_status')
            and exclusion.column_name is null
            and exclusion.is_protected
            and exclusion.is_current
            and submission.period_end >= $start
            and not exists (
                select 1
                from fct_procedure as kept
                where kept.patient_key = exclusion.patient_key
                    or kept.site_id = exclusion.site_id
                    and kept.procedure_id = exclusion.procedure_id
            )
    )
    where site_id = any($sites)
        and (is_procedure or $outcomes)
    group by site_id
"""


def counts(
    source: Source, indicator_ids: Sequence[str], period: Period, selection: Selection
) -> pl.DataFrame:
    """indicator_id, site_id, eligible, events, unknown of own rows, and withheld: those of
    the unknown of which a record was left out by an accepted exclusion."""
    return source.rows(
        COUNTS,
        indicators=list(indicator_ids),
        start=period.start,
        finish=period.end,
        **selection.values,
    )


def immature(
    source: Source, entry: dict[str, Any], period: Period, selection: Selection
) -> dict[str, int]:
    """By site, the units of the period whose window has not yet elapsed."""
    query = IMMATURE.get(entry["unit"])
    if query is None or not entry["maturity_days"]:
        return {}
    found = source.rows(
        query.format(conditions=IMMATURE_WHERE),
        start=period.start,
        finish=period.end,
        maturity=entry["maturity_days"],
        **selection.values,
    )
    return dict(found.iter_rows())


def left_out(source: Source, period: Period, *, outcomes: bool = True) -> dict[str, int]:
    """By site, what accepted exclusions took out of every denominator of the period.

    Args:
        outcomes: with the complications and deaths of no known procedure, or procedures only.
    """
    found = source.rows(LEFT_OUT, start=period.start, finish=period.end, outcomes=outcomes)
    return dict(found.iter_rows())
