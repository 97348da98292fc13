-- The treatments that placed patients had after their IRE.
-- Grain: one row per (site_id, patient_key, treatment_date, treatment_type)
-- Source: HTG532 1.4; indicators E4 and E5.
select
    treatment.site_id,
    treatment.patient_key,
    treatment.treatment_date,
    treatment.treatment_type,
    treatment.lesion_id,
    treatment.reason,
    treatment.submission_id,
    treatment.source_file,
    treatment.source_line,
    treatment.record_key
from stg_subsequent_treatment as treatment
where not exists (
    select 1
    from unplaced
    where unplaced.site_id = treatment.site_id
        and unplaced.table_name = 'subsequent_treatment'
        and unplaced.record_key = treatment.record_key
)
