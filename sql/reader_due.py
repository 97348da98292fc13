"""What is due of a site's own patients: scans, questionnaires, whether they are alive."""

from __future__ import annotations

from datetime import date

import polars as pl

from sql.reader_source import Source

# A window is open from its first to its last day after the first IRE. One that has closed is
# listed until the site's data reach beyond it: what was done then may still be sent.
# Source: visit windows of the dictionary [P]; vital status every 183 days (D5).
DUE = """
    with visit as (
        select *
        from (
            values
                ('scan', 'month 1', 21, 60),
                ('scan', 'month 3', 61, 135),
                ('scan', 'month 12', 305, 425),
                ('questionnaires', 'month 3', 61, 135),
                ('questionnaires', 'month 6', 136, 225),
                ('questionnaires', 'month 12', 305, 425)
        ) as visit (kind, visit, first_day, last_day)
    ),

    patient as (
        select
            site_id,
            procedure_id,
            procedure_date,
            patient_key,
            complete_to,
            has_prom_consent,
            coalesce(alive_to_date, procedure_date) as alive_to_date
        from fct_procedure
        where is_first_procedure
            and site_id = any($sites)
            and vital_status is distinct from 'DEAD'
            and withdrawal_date is null
            and procedure_date <= $today
    ),

    wanted as (
        select
            patient.site_id,
            patient.procedure_id,
            patient.procedure_date,
            visit.kind,
            visit.visit,
            patient.procedure_date + visit.first_day as opens,
            patient.procedure_date + visit.last_day as closes
        from patient
        cross join visit
        where (visit.kind = 'scan' or patient.has_prom_consent)
            and patient.procedure_date + visit.first_day <= $today
            and patient.procedure_date + visit.last_day
                > least(coalesce(patient.complete_to, patient.procedure_date), $today - 1)
            and not exists (
                select 1
                from fct_followup as scan
                where visit.kind = 'scan'
                    and scan.patient_key = patient.patient_key
                    and scan.imaging_date between patient.procedure_date + visit.first_day
                        and patient.procedure_date + visit.last_day
            )
            and not exists (
                select 1
                from fct_prom as prom
                where visit.kind = 'questionnaires'
                    and prom.patient_key = patient.patient_key
                    and prom.visit = replace(visit.visit, 'month ', 'M')
            )
        union all
        select
            site_id,
            procedure_id,
            procedure_date,
            'vital status' as kind,
            null as visit,
            alive_to_date + 1 as opens,
            alive_to_date + 183 as closes
        from patient
        where alive_to_date + 183 <= $today + $ahead
    )

    select
        *,
        date_diff('day', $today, closes) as days_left
    from wanted
    order by closes, site_id, procedure_id, kind
"""
AHEAD_DAYS = 30  # a vital status is asked for so long before it is too old


def due(source: Source, today: date) -> pl.DataFrame:
    """One row a patient and thing due; see Reader.due."""
    return source.rows(DUE, today=today, ahead=AHEAD_DAYS)
