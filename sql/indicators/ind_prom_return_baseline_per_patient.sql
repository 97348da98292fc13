-- Questionnaires returned before the first IRE.
-- Grain: one row per (patient_key)
-- Value: 1 any questionnaire was completed on day -42 to 0, 0 none.
-- Eligible: every patient who consented to questionnaires and whose first IRE was at least
-- 0 days before the site's complete-to date.
-- Source: HTG532 1.4; indicator Q3 (window proposed).
with returned as (
    select distinct patient_key
    from fct_prom
    where visit = 'BASELINE'
)

select
    procedure.site_id,
    procedure.procedure_id,
    procedure.patient_key,
    procedure.procedure_date,
    case when returned.patient_key is not null then 1 else 0 end as value,
    case when returned.patient_key is null then 'no questionnaire returned' end as reason
from fct_procedure as procedure
left join returned using (patient_key)
where procedure.is_first_procedure
    and procedure.has_prom_consent
    and procedure.observed_days >= 0
