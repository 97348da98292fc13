-- Distance travelled by the patient.
-- Grain: one row per (site_id, procedure_id)
-- Value: 1 recorded, null not recorded; amount is kilometres, as sent.
-- Eligible: every counted procedure.
-- Source: HTG532, sustainability; indicator Env1.
select
    site_id,
    procedure_id,
    procedure_date,
    case when patient_travel_km is not null then 1 end as value,
    case when patient_travel_km is null then 'distance not recorded' end as reason,
    patient_travel_km as amount
from fct_procedure
where is_counted
