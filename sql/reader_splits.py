"""Own rates of one indicator side by side: by technique, operators' cases, and patients."""

from __future__ import annotations

from typing import Literal

import polars as pl

from sql.reader_rates import RATE_SCHEMA, declarations, rate_row
from sql.reader_source import Source
from sql.selection import Selection, selected

Split = Literal[
    "ECG synchronisation", "operator case number",
    "age", "sex", "ethnic group", "deprivation", "tumour type", "approach",
]  # fmt: skip

FEWEST_OPERATORS = 2  # a band of one operator's cases would be that person's rate

# Bands of the operator's case number at the site [P]: nobody says when learning ends.
GROUPS: dict[Split, str] = {
    "ECG synchronisation": """
        case
            when procedure.ecg_sync_used then 'with synchronisation'
            when not procedure.ecg_sync_used then 'without synchronisation'
            else 'synchronisation not recorded'
        end
    """,
    "operator case number": """
        case
            when procedure.operator is null then 'operator not recorded'
            when procedure.case_number <= 5 then 'case 1 to 5'
            when procedure.case_number <= 10 then 'case 6 to 10'
            when procedure.case_number <= 20 then 'case 11 to 20'
            else 'case 21 on'
        end
    """,
    "age": "coalesce(procedure.age_band, 'not known')",
    "sex": "coalesce(procedure.sex, 'not known')",
    "ethnic group": "coalesce(procedure.ethnic_group, 'not known')",
    "deprivation": "coalesce('fifth ' || procedure.imd_quintile, 'not known')",
    "tumour type": "coalesce(procedure.tumour, 'not known')",
    "approach": "coalesce(procedure.way, 'not known')",
}
ORDER: dict[Split, tuple[str, ...]] = {
    "ECG synchronisation": (
        *("with synchronisation", "without synchronisation"),
        "synchronisation not recorded",
    ),
    "operator case number": (
        *("case 1 to 5", "case 6 to 10", "case 11 to 20", "case 21 on"),
        "operator not recorded",
    ),
    "age": ("under 55", "55 to 64", "65 to 74", "75 and over", "not known"),
    "sex": ("male", "female", "indeterminate", "not known"),
    "ethnic group": ("White", "Mixed", "Asian", "Black", "Chinese or other", "not known"),
    "deprivation": (*(f"fifth {number}" for number in range(1, 6)), "not known"),
    "tumour type": ("HCC", "ICCA", "PHCCA", "MIXED", "OTHER_PRIMARY", "not known"),
    "approach": ("PERCUTANEOUS", "LAPAROSCOPIC", "OPEN", "not known"),
}

BY_GROUP = """
    with procedure as (
        select
            site_id,
            procedure_id,
            ecg_sync_used,
            age_band,
            sex,
            ethnic_group,
            imd_quintile,
            tumour_type as tumour,
            approach as way,
            primary_operator_pseudo_id as operator,
            row_number() over (
                partition by site_id, primary_operator_pseudo_id
                order by procedure_date, procedure_id
            ) as case_number
        from fct_procedure
        where site_id = any($sites)
    )

    select
        {group} as part,
        list(distinct procedure.site_id || ' ' || procedure.operator)
            filter (where procedure.operator is not null) as operators,
        count(*) as eligible,
        count(*) filter (where value.value = 1) as events,
        count(*) filter (where value.value is null) as unknown,
        cast(0 as bigint) as withheld
    from indicator_value as value
    inner join procedure using (site_id, procedure_id)
    where value.indicator_id = $indicator
        and value.site_id = any($sites)
        and ($site is null or value.site_id = $site)
        and value.event_date between $start and $finish
        and {selected}
    group by part
"""
FIGURES = ("eligible", "events", "unknown", "rate", "lower", "upper")
SCHEMA = {"part": pl.String(), "operators": pl.Int64()} | {n: RATE_SCHEMA[n] for n in FIGURES}
OUTCOMES = ("events", "unknown", "rate", "lower", "upper")


def split(
    source: Source,
    indicator_id: str,
    by: Split,
    period_label: str,
    site: str | None,
    selection: Selection,
) -> pl.DataFrame:
    if site is not None:
        source.require_own(site)
    entry = declarations(source, [indicator_id])[indicator_id]
    period = source.period(period_label)
    found = source.rows(
        BY_GROUP.format(group=GROUPS[by], selected=selected("value")),
        indicator=indicator_id,
        site=site,
        start=period.start,
        finish=period.end,
        **selection.values,
    )
    found = found.sort(pl.col("part").replace_strict({p: n for n, p in enumerate(ORDER[by])}))
    hidden = _of_one_operator(found) if by == "operator case number" else set()
    rows = []
    for part, operators, *numbers in found.iter_rows():
        figures = rate_row(entry, numbers, 0, "")
        row = {"part": part, "operators": len(operators or [])} | {n: figures[n] for n in FIGURES}
        rows.append(row | dict.fromkeys(OUTCOMES if part in hidden else ()))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _of_one_operator(bands: pl.DataFrame) -> set[str]:
    """The bands of one operator's cases, and one more where the whole would give them away.

    What the other bands leave of the whole is the sum of those hidden: the smallest other
    band is hidden too, unless it is of two operators already.
    """
    operators = {part: set(names or []) for part, names in bands.select("part", "operators").rows()}
    hidden = {part for part, names in operators.items() if len(names) < FEWEST_OPERATORS}
    others = bands.filter(~pl.col("part").is_in(hidden)).sort("eligible", maintain_order=True)
    together = set().union(*(operators[part] for part in hidden))
    if hidden and others.height and len(together) < FEWEST_OPERATORS:
        hidden.add(others["part"][0])
    return hidden
