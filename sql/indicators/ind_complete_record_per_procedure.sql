-- Records with every key field filled.
-- Grain: one row per (site_id, procedure_id)
-- Value: 1 every key field of the procedure's records is filled, 0 not; those of the
-- patient count with the patient's first procedure at the site.
-- Eligible: every counted procedure.
-- Source: HTG532 1.4; indicator D2.
with field as (
    select
        site_id,
        procedure_id,
        min(value) as value
    from ind_completeness_per_field
    group by all
)

select
    procedure.site_id,
    procedure.procedure_id,
    procedure.procedure_date,
    coalesce(field.value, 1) as value,
    case when field.value = 0 then 'a key field is empty' end as reason
from fct_procedure as procedure
left join field using (site_id, procedure_id)
where procedure.is_counted
