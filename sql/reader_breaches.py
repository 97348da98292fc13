"""Own breaches that no rule of the compliance matrix counts, case by case."""

from __future__ import annotations

import polars as pl

from expectations.rules import catalogue
from sql.reader_source import Source

# Asked of a patient with a device and of a complication, not of every procedure; and of a block,
# that it was complete, where C6 asks only whether there was one.
BESIDE = ("P04", "O15", "P02")

# Of a rule of which but one half is meant here.
INCOMPLETE = "A train-of-four count was left at the first pulse: the block was not complete."
SAID = {"P02": INCOMPLETE}

LISTED = """
    with placed as (
        select
            site_id,
            'procedure' as table_name,
            procedure_id as record_key,
            procedure_id,
            procedure_date,
            nice_guidance,
            nmb_used
        from fct_procedure
        where is_counted

        union all

        select
            complication.site_id,
            'complication',
            complication.complication_id,
            procedure.procedure_id,
            procedure.procedure_date,
            procedure.nice_guidance,
            procedure.nmb_used
        from fct_complication as complication
        inner join fct_procedure as procedure using (site_id, procedure_id)
        where procedure.is_counted
    )

    select
        finding.site_id,
        placed.procedure_id,
        placed.procedure_date,
        placed.nice_guidance,
        finding.rule,
        finding.submission_id,
        finding.source_file,
        finding.source_line
    from stg_finding as finding
    inner join placed using (site_id, table_name, record_key)
    where finding.is_current
        and finding.rule = any($rules)
        and (finding.rule <> 'P02' or placed.nmb_used) -- without a block C6 is not met
        and finding.site_id = any($sites)
        and placed.procedure_date between $start and $finish
        and ($site is null or finding.site_id = $site)
    order by placed.procedure_date desc, finding.site_id, placed.procedure_id, finding.rule
"""


def beside(source: Source, site: str | None, period_label: str) -> pl.DataFrame:
    if site is not None:
        source.require_own(site)
    over = source.period(period_label)
    found = source.rows(LISTED, rules=list(BESIDE), start=over.start, finish=over.end, site=site)
    said = {rule: catalogue()[rule] for rule in BESIDE}
    return found.select(
        *("site_id", "procedure_id", "procedure_date", "nice_guidance", "rule"),
        _told({rule: SAID.get(rule, one.message) for rule, one in said.items()}).alias("reason"),
        _told({rule: one.fix for rule, one in said.items()}).alias("remedy"),
        *("submission_id", "source_file", "source_line"),
    )


def _told(by_rule: dict[str, str]) -> pl.Expr:
    return pl.col("rule").replace_strict(by_rule, return_dtype=pl.String)
