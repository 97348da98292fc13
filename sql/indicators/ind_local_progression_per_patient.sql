-- Local tumour progression, the first of any lesion of the patient.
-- Grain: one row per (patient_key)
-- Value: 1 local progression, 0 not, with time_days and what ended it (local progression,
-- death or transplant; null censored). Time starts at the patient's first session whose
-- one-month scan showed efficacy; without an end, it runs to the last scan of any lesion.
-- Eligible: every patient with a lesion in which technique efficacy was shown.
-- Source: HTG532 3.2; indicator E4.
with lesion as (
    select
        site_id,
        lesion_id,
        procedure_id,
        patient_key,
        procedure_date,
        ended_by,
        time_days,
        min(procedure_date) over (partition by patient_key) as start_date,
        row_number() over (
            partition by patient_key
            order by procedure_date, site_id, procedure_id, lesion_id
        ) as lesion_no
    from fct_local_control
    where is_counted
),

followed as (
    select
        patient_key,
        min(
            case
                when ended_by = 'local progression'
                    then date_diff('day', start_date, procedure_date) + time_days
            end
        ) as progression_days,
        min(
            case
                when ended_by in ('death', 'transplant')
                    then date_diff('day', start_date, procedure_date) + time_days
            end
        ) as competing_days,
        max(case when ended_by in ('death', 'transplant') then ended_by end) as competing,
        max(date_diff('day', start_date, procedure_date) + time_days) as last_days
    from lesion
    group by all
)

select
    lesion.site_id,
    lesion.procedure_id,
    lesion.patient_key,
    lesion.procedure_date,
    case when followed.progression_days is not null then 1 else 0 end as value,
    cast(
        coalesce(followed.progression_days, followed.competing_days, followed.last_days)
        as double
    ) as time_days,
    case
        when followed.progression_days is not null then 'local progression'
        else followed.competing
    end as ended_by
from lesion
inner join followed using (patient_key)
where lesion.lesion_no = 1
