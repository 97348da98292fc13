"""The cases behind own safety figures: complications, deaths, sentinel events."""

from __future__ import annotations

from datetime import date

import polars as pl

from expectations.dictionary import code_lists
from sql.reader_periods import ROLLING, Period
from sql.reader_rates import declarations
from sql.reader_source import Source
from sql.selection import WHOLE, Selection, selected

# Which complications an indicator counts, in the mart's own terms; the windows stand in
# the indicator, the clinical thresholds in the mart.
COUNTED = {
    "S1": "complication.nice_category = 'ADJACENT_STRUCTURE' and complication.is_related",
    "S2": "complication.nice_category = 'BLEEDING'",
    "S2M": "complication.nice_category = 'BLEEDING' and complication.is_major",
    "S3": "complication.nice_category = 'ARRHYTHMIA'",
    "S4": "complication.nice_category = 'SEEDING'",
    "S5": "complication.is_major",
}
MORTALITY = "S7"

COMPLICATION = """
    select
        complication.site_id,
        complication.procedure_id,
        complication.procedure_date,
        complication.complication_id,
        complication.onset_date,
        complication.onset_days as day,
        complication.nice_category as category,
        complication.subtype,
        complication.clavien_dindo as grade,
        complication.relatedness,
        complication.intervention,
        case
            when complication.yellow_card_ref is not null then complication.yellow_card_ref
            when complication.device_related_suspected = 'Y' then 'not reported'
        end as yellow_card,
        case
            when complication.lfpse_ref is not null
                and complication.duty_of_candour_date is not null
                then 'LFPSE, candour'
            when complication.lfpse_ref is not null then 'LFPSE'
            when complication.duty_of_candour_date is not null then 'candour'
            else 'nothing on record'
        end as review,
        complication.submission_id,
        complication.source_file,
        complication.source_line
    from fct_complication as complication
"""

DEATH = """
    select
        procedure.site_id,
        procedure.procedure_id,
        procedure.procedure_date,
        cast(null as varchar) as complication_id,
        coalesce(procedure.death_date, procedure.dead_by_date) as onset_date,
        procedure.death_known_days as day,
        'DEATH' as category,
        cause.cause_category as subtype,
        cast(null as varchar) as grade,
        cast(null as varchar) as relatedness,
        cast(null as varchar) as intervention,
        cast(null as varchar) as yellow_card,
        cast(null as varchar) as review,
        cause.submission_id,
        cause.source_file,
        cause.source_line
    from fct_procedure as procedure
    left join stg_vital_status as cause
        on cause.site_id = procedure.site_id
        and cause.patient_key = procedure.patient_key
"""

BARE = """
    select
        procedure.site_id,
        procedure.procedure_id,
        procedure.procedure_date,
        cast(null as varchar) as complication_id,
        cast(null as date) as onset_date,
        cast(null as bigint) as day,
        cast(null as varchar) as category,
        cast(null as varchar) as subtype,
        cast(null as varchar) as grade,
        cast(null as varchar) as relatedness,
        cast(null as varchar) as intervention,
        cast(null as varchar) as yellow_card,
        cast(null as varchar) as review,
        procedure.submission_id,
        procedure.source_file,
        procedure.source_line
    from fct_procedure as procedure
"""

IN_NUMERATOR = f"""
    exists (
        select 1
        from indicator_value as counted
        inner join fct_procedure as index_procedure
            on index_procedure.site_id = counted.site_id
            and index_procedure.procedure_id = counted.procedure_id
        where counted.indicator_id = $indicator
            and counted.value = 1
            and counted.site_id = any($sites)
            and counted.event_date between $start and $finish
            and {selected("counted")}
            and {{link}}
    )
"""

OWN = "site_id = any($sites) and ($site is null or site_id = $site)"

# Each is reviewed singly, whatever any chart says.
EVENTS = (
    "death within 90 days",
    "Clavien-Dindo IV or V",
    "needle-tract seeding",
    "ventricular arrhythmia",
)
_DEATH, _SEVERE, _SEEDING, _ARRHYTHMIA = EVENTS
SENTINEL = f"""
    select *, '{_DEATH}' as event
    from ({DEATH} where procedure.death_known_days between 0 and 90)
    union all
    select
        complication.*,
        case
            when fact.is_life_threatening then '{_SEVERE}'
            when fact.subtype = 'NEEDLE_TRACT' then '{_SEEDING}'
            else '{_ARRHYTHMIA}'
        end as event
    from ({COMPLICATION}) as complication
    inner join fct_complication as fact using (site_id, complication_id)
    where fact.is_life_threatening or fact.subtype in ('NEEDLE_TRACT', 'VT', 'VF')
"""

# The code lists that give each column its words; death's subtype is its cause.
WORDS = {
    "category": ("nice_category",),
    "subtype": ("subtype", "cause_category"),
    "grade": ("clavien_dindo",),
    "relatedness": ("relatedness",),
}


def cases(
    source: Source,
    indicator_id: str,
    period_label: str,
    site: str | None,
    selection: Selection = WHOLE,
) -> pl.DataFrame:
    if site is not None:
        source.require_own(site)
    entry = declarations(source, [indicator_id])[indicator_id]
    stem = indicator_id.split("_")[0]
    period = source.period(period_label)
    if stem in COUNTED:
        # Patients are counted at their first procedure; the event may follow a later one.
        link = (
            "index_procedure.patient_key = complication.patient_key"
            if entry["unit"] == "patient"
            else "counted.site_id = complication.site_id "
            "and counted.procedure_id = complication.procedure_id"
        )
        days = "complication.onset_date - index_procedure.procedure_date between 0 and $window"
        chosen = IN_NUMERATOR.format(link=f"{link} and {days}")
        query = f"{COMPLICATION} where {COUNTED[stem]} and {chosen}"
    else:
        link = "counted.site_id = procedure.site_id "
        link += "and counted.procedure_id = procedure.procedure_id"
        shape = DEATH if stem == MORTALITY else BARE
        query = f"{shape} where {IN_NUMERATOR.format(link=link)}"
    values = {"indicator": indicator_id, "start": period.start, "finish": period.end}
    values |= selection.values
    if "$window" in query:
        values["window"] = entry["window_days"]
    found = source.rows(f"select * from ({query}) where {OWN} {NEWEST}", site=site, **values)
    return in_words(found)


NEWEST = "order by procedure_date desc, site_id, procedure_id, onset_date, complication_id"


def complications(source: Source, period_label: str, selection: Selection = WHOLE) -> pl.DataFrame:
    start, finish = _listed(source.period(period_label))
    found = source.rows(
        f"""
        select * from ({COMPLICATION} where {selected("complication")}) where site_id = any($sites)
            and procedure_date between $start and $finish {NEWEST}
        """,
        start=start,
        finish=finish,
        **selection.values,
    )
    return in_words(found)


def sentinel_events(source: Source, period_label: str) -> pl.DataFrame:
    start, finish = _listed(source.period(period_label))
    found = source.rows(
        f"""
        select * from ({SENTINEL}) where site_id = any($sites)
            and procedure_date between $start and $finish {NEWEST}
        """,
        start=start,
        finish=finish,
    )
    return in_words(found)


def every_sentinel_event(source: Source) -> pl.DataFrame:
    """What names each sentinel event of any day: site_id, procedure_id, complication_id, event."""
    named = "site_id, procedure_id, complication_id, event"
    return source.rows(f"select {named} from ({SENTINEL}) where site_id = any($sites)")


def in_words(found: pl.DataFrame) -> pl.DataFrame:
    """Codes replaced by the dictionary's words; sets joined by commas."""
    lists = code_lists()
    intervention = lists["intervention"].codes
    words = {
        column: {code: title for name in names for code, title in lists[name].codes.items()}
        for column, names in WORDS.items()
    }
    words["category"] = words["category"] | {"DEATH": "Death"}
    return found.with_columns(
        *(pl.col(name).replace(titles).alias(name) for name, titles in words.items()),
        pl.col("intervention")
        .str.split(";")
        .list.eval(pl.element().replace(dict(intervention)))
        .list.join(", ")
        .alias("intervention"),
    )


def _listed(period: Period) -> tuple[date, date]:
    """The days of a list of cases: a rolling period runs on past the data date.

    A serious event in the newest rows is shown before its quarter is complete: a list has
    no denominator that the missing rows could distort.
    """
    return period.start, date.max if period.label in ROLLING else period.end
