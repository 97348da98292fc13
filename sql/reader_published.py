"""Published figures: what every viewer may see, read from the public file alone."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from sql.reader_periods import ROLLING
from sql.reader_source import Source
from sql.selection import Selection

NO_STRATUM = "no national figure for this selection"
NONE_PUBLISHED = "no national figure is published"


def indicators(source: Source) -> pl.DataFrame:
    return source.defined("select * from pub_indicator order by position").drop("position")


def policy(source: Source) -> pl.DataFrame:
    return source.defined("select * from pub_policy")


def rates(
    source: Source, indicator_ids: Sequence[str], period_label: str, selection: Selection
) -> pl.DataFrame:
    is_narrowed = not selection.is_whole or period_label not in ROLLING
    found = source.published(
        """
        select
            entry.id as indicator_id,
            entry.title,
            entry.kind,
            entry.direction,
            $period as period,
            figure.eligible_text,
            figure.events_text,
            figure.unknown_text,
            figure.eligible,
            figure.events,
            figure.unknown,
            figure.percent,
            figure.lower,
            figure.upper,
            case when figure.indicator_id is null then $note else figure.note end as note,
            coalesce(figure.sentence, entry.title || ': ' || $note || '.') as sentence
        from pub_indicator as entry
        left join pub_national as figure
            on figure.indicator_id = entry.id
            and figure.period = $period
            and $is_whole
        where entry.id = any($indicators)
        """,
        indicators=list(indicator_ids),
        period=period_label,
        is_whole=selection.is_whole,
        note=NO_STRATUM if is_narrowed else NONE_PUBLISHED,
    )
    order = pl.DataFrame({"indicator_id": list(indicator_ids)}, schema={"indicator_id": pl.String})
    return order.join(found, on="indicator_id", how="inner", maintain_order="left")


def survival(source: Source, indicator_id: str) -> pl.DataFrame:
    return source.published(
        """
        select * exclude (indicator_id)
        from pub_survival
        where indicator_id = $indicator
        order by years
        """,
        indicator=indicator_id,
    )


def incidence(source: Source, indicator_id: str) -> pl.DataFrame:
    return source.published(
        """
        select * exclude (indicator_id)
        from pub_incidence
        where indicator_id = $indicator
        order by years
        """,
        indicator=indicator_id,
    )


def equity(source: Source, indicator_id: str) -> pl.DataFrame:
    return source.published(
        """
        select "group", part, eligible_text, events_text, unknown_text,
            percent, lower, upper, note
        from pub_equity
        where indicator_id = $indicator
        order by position
        """,
        indicator=indicator_id,
    )


def compliance_status(source: Source) -> pl.DataFrame:
    return source.published(
        "select * exclude (position) from pub_compliance order by site_id, position"
    )


def compliance_national(source: Source) -> pl.DataFrame:
    return source.published(
        """
        select * exclude (position)
        from pub_compliance_national
        order by position, financial_year
        """
    )


def participation(source: Source) -> pl.DataFrame:
    return source.published("select * from pub_participation order by site_id")


def ascertainment(source: Source) -> pl.DataFrame:
    return source.published("select * from pub_ascertainment order by site_id nulls last")
