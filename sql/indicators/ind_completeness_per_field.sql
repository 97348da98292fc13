-- Completeness of the key fields.
-- Grain: one row per (site_id, table_name, column_name, record_key)
-- Value: 1 filled, 0 empty; a conditional field only where its condition holds.
-- Eligible: key fields (clause 1.4, not optional) of records whose patient has a counted
-- procedure at the site, dated by the procedure they name or else the patient's first.
-- Source: HTG532 1.4; indicator D2.
select
    field.site_id,
    field.table_name,
    field.column_name,
    field.record_key,
    procedure.procedure_id,
    procedure.procedure_date,
    case when field.is_filled then 1 else 0 end as value
from stg_key_field as field
inner join fct_procedure as procedure
    on procedure.site_id = field.site_id
    and procedure.patient_key = field.patient_key
    and (
        procedure.procedure_id = field.procedure_id
        or (field.procedure_id is null and procedure.site_patient_procedure_no = 1)
    )
where procedure.is_counted
