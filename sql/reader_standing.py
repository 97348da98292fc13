"""How a site stands over time: what allows it to treat, who operates, and when each ends."""

from __future__ import annotations

import polars as pl

from sql.reader_source import Source

LANES = ("Specialist centre", "Governance approval", "Research study", "Operator signed off")

SPANS = """
    select
        1 as lane,
        'designated' as named,
        designation_start as first_day,
        designation_end as last_day,
        null::date as next_review
    from stg_site_designation
    where site_id = $site

    union all

    select 2, 'approval ' || approval_id, valid_from, valid_to, audit_review_date
    from stg_governance_approval
    where site_id = $site
        and decision in ('APPROVED', 'APPROVED_CONDITIONS')
        and valid_from is not null

    union all

    select
        3,
        'study ' || study.study_id,
        greatest(study.study_open, confirmed.site_confirmation_date),
        least(study.study_close, confirmed.closed),
        null
    from stg_research_study as study
    inner join stg_study_site as confirmed using (study_id)
    where confirmed.site_id = $site
        and study.study_open is not null
        and confirmed.site_confirmation_date is not null
        and study.rec_favourable_opinion_date is not null

    union all

    select 4, operator_pseudo_id, training_date, expiry_date, null
    from stg_operator_training
    where site_id = $site
        and training_type = 'SIGN_OFF'
        and training_date is not null
"""

TREATED = """
    select procedure_id, procedure_date, coalesce(bundle_result, 'cannot tell') as result
    from fct_procedure
    where site_id = $site
    order by procedure_date, procedure_id
"""

CASES = """
    select
        primary_operator_pseudo_id as operator,
        financial_year,
        count(*) as cases,
        count(*) filter (where supervised) as supervised
    from fct_procedure
    where site_id = $site
        and primary_operator_pseudo_id is not null
    group by all
    order by all
"""


def spans(source: Source, site: str) -> pl.DataFrame:
    source.require_own(site)
    found = source.rows(SPANS, site=site)
    named = _operators(source, site)
    lane = pl.Enum(LANES)
    return (
        found.filter(pl.col("last_day").is_null() | (pl.col("first_day") <= pl.col("last_day")))
        .with_columns(
            lane=pl.col("lane").replace_strict(dict(enumerate(LANES, 1)), return_dtype=lane),
            named=pl.col("named").replace(named),
        )
        .sort("lane", "named", "first_day", "last_day", nulls_last=True)
        .cast({"lane": pl.String})
    )


def treated(source: Source, site: str) -> pl.DataFrame:
    source.require_own(site)
    return source.rows(TREATED, site=site)


def operators(source: Source, site: str) -> pl.DataFrame:
    source.require_own(site)
    named = _operators(source, site)
    cases = source.rows(CASES, site=site)
    return cases.with_columns(pl.col("operator").replace_strict(named)).sort(
        "operator", "financial_year"
    )


def _operators(source: Source, site: str) -> dict[str, str]:
    """Each operator of the site as "Operator 1", in the order of their pseudonyms: no rank."""
    found = source.rows(SPANS, site=site).filter(lane=4)["named"]
    known = {*found, *source.rows(CASES, site=site)["operator"]}
    return {name: f"Operator {number}" for number, name in enumerate(sorted(known), 1)}
