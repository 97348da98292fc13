-- Seeding is seen on imaging or proven by histology, and not before 30 days.
-- Read as: a scan of the patient with a new lesion in the needle tract, or a lesion of the
-- patient with a histology that was first imaged after the procedure: the deposit itself.
-- Rule: O06
-- Severity: W
-- Row: complication.nice_category
-- Clause: 3.3
-- Message: Tumour seeding is recorded less than 30 days after the procedure, or without a
--   scan that shows it in the needle tract or a histology of the deposit.
-- Fix: Check category and date of onset; send the scan, or answer how it was proven.
-- Source: IRE-REG 1.0, rule O06: 30 days [P]
with seen as (
    select patient_key
    from followup_imaging
    where new_lesion = 'NEEDLE_TRACT'
    group by all
),

proven as (
    select
        patient_key,
        max(baseline_imaging_date) as baseline_imaging_date
    from lesion
    where histology is not null
    group by all
)

select
    complication.row_id,
    complication.nice_category != 'SEEDING'
    or (
        complication.onset_date - procedure.procedure_date >= 30
        and (
            seen.patient_key is not null
            or coalesce(
                proven.baseline_imaging_date > procedure.procedure_date, false
            )
        )
    ) as holds
from complication
left join procedure using (procedure_id)
left join seen on complication.patient_key = seen.patient_key
left join proven on complication.patient_key = proven.patient_key
