-- What is known of each patient's survival, from every site that reports the patient.
-- Grain: one row per (patient_key)
-- A patient whom any site reports dead is dead; where no date of death was sent, dead_by
-- is the day by which the death was known. alive_to_date is the last day on which a site
-- knew the patient to be alive (or, LOST, had last known it).
-- Source: HTG532 3.2; indicators S7 and E6.
select
    patient_key,
    case
        when max(case when status = 'DEAD' then 1 else 0 end) = 1 then 'DEAD'
        when max(case when status = 'ALIVE' then 1 else 0 end) = 1 then 'ALIVE'
        else 'LOST'
    end as vital_status,
    min(case when status = 'DEAD' then death_date end) as death_date,
    min(case when status = 'DEAD' then status_date end) as dead_by_date,
    max(case when status <> 'DEAD' then status_date end) as alive_to_date
from stg_vital_status as vital_status
where not exists (
    select 1
    from unplaced
    where unplaced.site_id = vital_status.site_id
        and unplaced.table_name = 'vital_status'
        and unplaced.record_key = vital_status.record_key
)
group by all
