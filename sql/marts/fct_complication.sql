-- The complications of placed procedures, by days from the procedure.
-- Grain: one row per (site_id, complication_id)
-- Source: HTG532 3.3; indicators S1 to S5.
with graded as (
    select
        complication.*,
        -- the suffix d (disability) does not change the grade
        case
            when clavien_dindo = 'V' then 7
            when clavien_dindo in ('IVb', 'IVbd') then 6
            when clavien_dindo in ('IVa', 'IVad') then 5
            when clavien_dindo in ('IIIb', 'IIIbd') then 4
            when clavien_dindo in ('IIIa', 'IIIad') then 3
            when clavien_dindo in ('II', 'IId') then 2
            when clavien_dindo in ('I', 'Id') then 1
        end as grade_rank
    from stg_complication as complication
)

select
    graded.site_id,
    graded.complication_id,
    graded.procedure_id,
    procedure.patient_key,
    procedure.procedure_date,
    procedure.quarter,
    procedure.is_counted,
    procedure.tumour_type,
    procedure.approach,
    procedure.ecg_sync_used,
    graded.onset_date,
    date_diff('day', procedure.procedure_date, graded.onset_date) as onset_days,
    graded.recorded_date,
    graded.resolved_date,
    graded.nice_category,
    graded.subtype,
    graded.clavien_dindo,
    graded.grade_rank,
    graded.grade_rank >= 3 as is_major, -- Clavien-Dindo IIIa or worse
    graded.grade_rank >= 5 as is_life_threatening, -- Clavien-Dindo IVa or worse
    graded.relatedness,
    -- 9 (not known) counts as related: a doubt is not a reassurance
    graded.relatedness in ('DEFINITE', 'PROBABLE', 'POSSIBLE', '9') as is_related,
    graded.device_related_suspected,
    graded.intervention,
    graded.yellow_card_ref,
    graded.yellow_card_date,
    graded.lfpse_ref,
    graded.duty_of_candour_date,
    graded.submission_id,
    graded.source_file,
    graded.source_line,
    graded.record_key
from graded
inner join fct_procedure as procedure using (site_id, procedure_id)
where not exists (
    select 1
    from unplaced
    where unplaced.site_id = graded.site_id
        and unplaced.table_name = 'complication'
        and unplaced.record_key = graded.record_key
)
