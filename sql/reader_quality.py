"""The quality of own data: participation, completeness, findings, exclusions."""

from __future__ import annotations

from datetime import date

import polars as pl

from expectations.dictionary import site_tables
from sql.published_participation import ASCERTAINED
from sql.reader_source import Source
from sql.statistics.intervals import wilson


def sites(source: Source) -> pl.DataFrame:
    found = source.rows(
        """
        select
            site.site_id,
            site.site_name,
            site.trust_id,
            site.complete_to,
            coalesce(
                list(missing.quarter order by missing.quarter_start)
                    filter (where missing.quarter is not null),
                []
            ) as quarters_missing
        from dim_site as site
        left join site_quarter as missing
            on missing.site_id = site.site_id
            and missing.state = 'missing'
            and missing.is_due
        where site.site_id = any($sites)
        group by all
        order by site.site_id
        """
    )
    named = pl.col("quarters_missing").cast(pl.List(pl.String))
    note = (
        pl.when(named.list.len() > 0)
        .then(pl.col("site_name") + " has not reported " + named.list.join(", ") + ".")
        .alias("note")
    )
    return found.with_columns(named, note)


def submissions(source: Source) -> list[str]:
    found = source.rows("select submission_id from stg_submission where site_id = any($sites)")
    return found["submission_id"].sort().to_list()


def participation(source: Source) -> pl.DataFrame:
    found = source.rows(
        """
        select
            quarter.site_id,
            site.site_name,
            quarter.quarter,
            quarter.quarter_start,
            quarter.quarter_end,
            quarter.due_date,
            case
                when quarter.state = 'missing' and not quarter.is_due then 'not due'
                else quarter.state
            end as state,
            quarter.received_at,
            quarter.is_late
        from site_quarter as quarter
        inner join dim_site as site using (site_id)
        where quarter.site_id = any($sites)
        order by quarter.site_id, quarter.quarter_start
        """
    )
    # A release holds times as UTC without saying so.
    return found.with_columns(pl.col("received_at").dt.replace_time_zone("UTC"))


def ascertainment(source: Source, period_label: str) -> pl.DataFrame:
    over = source.period(period_label)
    return source.rows(
        f"""
        select
            site.site_id,
            site.site_name,
            coalesce(found.quarters, 0) as quarters,
            found.procedures,
            found.expected,
            found.procedures / nullif(found.expected, 0) as ratio
        from dim_site as site
        left join ({ASCERTAINED}) as found using (site_id)
        where site.site_id = any($sites)
        order by site.site_id
        """,
        start=over.start,
        finish=over.end,
    )


def completeness(source: Source) -> pl.DataFrame:
    found = source.rows(
        """
        select
            site_id,
            table_name,
            column_name,
            count(*) as expected,
            count(*) filter (where value = 1) as filled,
            (select target from indicator where id = 'D2') as target
        from ind_completeness_per_field
        where site_id = any($sites)
        group by site_id, table_name, column_name
        """
    )
    # Without a row there is no interval to give.
    filled, expected = (found[name].to_numpy() for name in ("filled", "expected"))
    lower, upper = wilson(filled, expected) if found.height else (filled, filled)
    order = {
        (table.name, column.name): (position, column.title)
        for position, (table, column) in enumerate(
            (table, column) for table in site_tables().values() for column in table.columns.values()
        )
    }
    keys = list(zip(found["table_name"], found["column_name"], strict=True))
    places = [order.get(key, (len(order), key[1])) for key in keys]
    return (
        found.with_columns(
            pl.Series("title", [title for _, title in places], dtype=pl.String),
            pl.Series("position", [position for position, _ in places], dtype=pl.Int64),
            (pl.col("filled") / pl.col("expected")).alias("rate"),
            pl.Series("lower", lower, dtype=pl.Float64),
            pl.Series("upper", upper, dtype=pl.Float64),
        )
        .sort("site_id", "position")
        .select(
            *("site_id", "table_name", "column_name", "title", "expected", "filled"),
            *("rate", "lower", "upper", "target"),
        )
    )


# An answer that stood at the build stands up to its last day; without one, a finding is open.
_IS_ANSWERED = """
    coalesce(answered_until >= coalesce($today, (select max(built_at)::date from release)), false)
"""


def findings(source: Source, by: str, today: date | None = None) -> pl.DataFrame:
    if by == "site":
        return source.rows(
            f"""
            select
                finding.site_id,
                site.site_name,
                finding.rule,
                count(*) filter (where not {_IS_ANSWERED}) as findings,
                count(*) filter (where {_IS_ANSWERED}) as answered
            from stg_finding as finding
            inner join dim_site as site using (site_id)
            where finding.is_current
                and finding.site_id = any($sites)
            group by finding.site_id, site.site_name, finding.rule
            order by finding.site_id, findings desc, finding.rule
            """,
            today=today,
        )
    return source.rows(
        f"""
        select
            rule,
            table_name,
            column_name,
            count(*) filter (where not {_IS_ANSWERED}) as findings,
            count(*) filter (where {_IS_ANSWERED}) as answered,
            count(distinct site_id) as sites
        from stg_finding
        where is_current
            and site_id = any($sites)
        group by rule, table_name, column_name
        order by findings desc, rule, table_name, column_name
        """,
        today=today,
    )


def finding_rows(
    source: Source, rule: str | None, site: str | None, today: date | None = None
) -> pl.DataFrame:
    if site is not None:
        source.require_own(site)
    found = source.rows(
        f"""
        select
            site_id,
            rule,
            table_name,
            column_name,
            submission_id,
            source_file,
            source_line,
            finding_id,
            {", ".join(f"case when {_IS_ANSWERED} then {name} end as {name}" for name in _ANSWER)}
        from stg_finding
        where is_current
            and site_id = any($sites)
            and ($rule is null or rule = $rule)
            and ($site is null or site_id = $site)
        order by site_id, submission_id, source_file, source_line, rule
        """,
        rule=rule,
        site=site,
        today=today,
    )
    return found.with_columns(pl.col("answered_at").dt.replace_time_zone("UTC"))


_ANSWER = ("answer", "answered_by", "answered_at", "answered_until")


def exclusions(source: Source) -> pl.DataFrame:
    source.require("see exclusions")
    return source.rows(
        """
        select
            site_id,
            procedure_id,
            table_name,
            column_name,
            rule,
            is_protected,
            accepted_by,
            agreed_by,
            submission_id,
            source_line
        from stg_exclusion
        where is_current
            and site_id = any($sites)
        order by is_protected desc, site_id, procedure_id, table_name, source_line
        """
    )


def identity_clashes(source: Source) -> pl.DataFrame:
    source.require("see identity clashes")
    return source.rows(
        """
        select
            site_id,
            procedure_id,
            procedure_date,
            other_site_id,
            other_procedure_id,
            submission_id,
            source_file,
            source_line
        from identity_clash
        order by procedure_date desc, site_id, procedure_id, other_site_id, other_procedure_id
        """
    )
