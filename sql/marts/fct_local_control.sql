-- Lesions in which technique efficacy was shown, followed to local progression.
-- Grain: one row per (site_id, lesion_id)
-- Time starts at the session (of the first three) whose one-month scan first showed
-- efficacy. It ends with the first of: local progression, told by a later scan or by a
-- treatment given for it; liver transplant or death, which compete with it; resection of
-- the lesion, the last scan that assessed it, or the site's complete-to date, which censor.
-- Of two on one day the first named counts.
-- Source: HTG532 3.2; indicator E4, rules O07 and O11.
with shown as (
    select
        site_id,
        lesion_id,
        min(lesion_treatment_no) as lesion_treatment_no
    from fct_lesion
    where technique_efficacy_at_month = 'Y'
        and lesion_treatment_no <= 3
    group by all
),

started as (
    select
        lesion.site_id,
        lesion.lesion_id,
        lesion.procedure_id,
        lesion.patient_key,
        lesion.procedure_date,
        lesion.month_scan_date,
        procedure.observed_days,
        procedure.death_known_days,
        procedure.is_counted
    from shown
    inner join fct_lesion as lesion using (site_id, lesion_id, lesion_treatment_no)
    inner join fct_procedure as procedure
        on procedure.site_id = lesion.site_id
        and procedure.procedure_id = lesion.procedure_id
),

scanned as (
    select
        started.site_id,
        started.lesion_id,
        min(
            case
                when response.local_tumour_progression = 'Y'
                    and response.imaging_date > started.month_scan_date
                    then response.imaging_date
            end
        ) as progression_date,
        max(
            case when response.is_controlled is not null then response.imaging_date end
        ) as last_assessed_date
    from started
    inner join fct_response as response
        on response.site_id = started.site_id
        and response.lesion_id = started.lesion_id
        and response.imaging_date >= started.procedure_date
    group by all
),

treated as (
    select
        started.site_id,
        started.lesion_id,
        min(
            case
                when treatment.reason = 'LTP'
                    and treatment.site_id = started.site_id
                    and treatment.lesion_id = started.lesion_id
                    then treatment.treatment_date
            end
        ) as retreated_date,
        min(
            case
                when treatment.treatment_type = 'TRANSPLANT' then treatment.treatment_date
            end
        ) as transplant_date,
        min(
            case
                when treatment.treatment_type = 'RESECTION'
                    and treatment.site_id = started.site_id
                    and treatment.lesion_id = started.lesion_id
                    then treatment.treatment_date
            end
        ) as resection_date
    from started
    inner join fct_subsequent as treatment
        on treatment.patient_key = started.patient_key
        and treatment.treatment_date >= started.procedure_date
    group by all
),

dated as (
    select
        started.*,
        date_diff(
            'day',
            started.procedure_date,
            least(scanned.progression_date, treated.retreated_date)
        ) as progression_days,
        date_diff('day', started.procedure_date, treated.transplant_date)
            as transplant_days,
        date_diff('day', started.procedure_date, treated.resection_date) as resection_days,
        date_diff('day', started.procedure_date, scanned.last_assessed_date)
            as assessed_days
    from started
    left join scanned using (site_id, lesion_id)
    left join treated using (site_id, lesion_id)
),

ended as (
    select
        *,
        least(progression_days, transplant_days, death_known_days, resection_days)
            as end_days
    from dated
)

select
    site_id,
    lesion_id,
    procedure_id,
    patient_key,
    procedure_date,
    is_counted,
    case
        when end_days > observed_days then null
        when progression_days = end_days then 'local progression'
        when transplant_days = end_days then 'transplant'
        when death_known_days = end_days then 'death'
    end as ended_by,
    case
        when end_days <= observed_days then end_days
        else least(assessed_days, observed_days)
    end as time_days
from ended
