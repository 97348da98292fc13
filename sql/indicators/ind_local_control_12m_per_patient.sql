-- Secondary local control at twelve months, repeat treatments included.
-- Grain: one row per (patient_key)
-- Value: 1 every lesion of the first session without viable tumour at the last scan that
-- assessed it up to day 425; 0 viable tumour in one of them; null where a lesion was not
-- assessed on day 305 to 425, unless the patient died before and it was controlled so far.
-- Eligible: every patient whose first IRE was at least 425 days before the site's
-- complete-to date.
-- Source: HTG532 3.2; indicator E8 (visit window proposed).
with lesion as (
    select
        procedure.site_id,
        procedure.procedure_id,
        procedure.patient_key,
        procedure.procedure_date,
        lesion.lesion_id,
        coalesce(procedure.death_known_days <= 425, false) as is_dead
    from fct_procedure as procedure
    left join fct_lesion as lesion using (site_id, procedure_id)
    where procedure.is_first_procedure
        and procedure.observed_days >= 425
),

assessed as (
    select
        lesion.site_id,
        lesion.lesion_id,
        date_diff('day', lesion.procedure_date, response.imaging_date) as assessed_days,
        response.is_controlled,
        row_number() over (
            partition by lesion.site_id, lesion.lesion_id
            order by
                response.imaging_date desc,
                case when response.is_controlled then 1 else 0 end,
                response.imaging_id
        ) as recency
    from lesion
    inner join fct_response as response
        on response.site_id = lesion.site_id
        and response.lesion_id = lesion.lesion_id
    where response.is_controlled is not null
        and date_diff('day', lesion.procedure_date, response.imaging_date)
            between 0 and 425
),

judged as (
    select
        lesion.site_id,
        lesion.procedure_id,
        lesion.patient_key,
        lesion.procedure_date,
        max(case when not assessed.is_controlled then 1 else 0 end) as is_viable,
        min(
            case
                when assessed.is_controlled
                    and (assessed.assessed_days >= 305 or lesion.is_dead)
                    then 1
                else 0
            end
        ) as is_controlled
    from lesion
    left join assessed
        on assessed.site_id = lesion.site_id
        and assessed.lesion_id = lesion.lesion_id
        and assessed.recency = 1
    group by all
)

select
    site_id,
    procedure_id,
    patient_key,
    procedure_date,
    case
        when is_viable = 1 then 0
        when is_controlled = 1 then 1
    end as value,
    case
        when is_viable = 0 and is_controlled = 0
            then 'a lesion was not assessed on day 305 to 425'
    end as reason
from judged
