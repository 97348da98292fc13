-- Child-Pugh score as its components give it.
-- Grain: one row per (patient_key)
-- Value: 1 the score sent is the one that the components give, 0 another, null where the
-- score or a component is missing.
-- Eligible: every patient, at the site of the first IRE.
-- Source: HTG532 1.4; indicator D4, rule T05.
select
    procedure.site_id,
    procedure.procedure_id,
    procedure.patient_key,
    procedure.procedure_date,
    case
        when patient.child_pugh_score = patient.child_pugh_points then 1
        when patient.child_pugh_score <> patient.child_pugh_points then 0
    end as value,
    case
        when patient.child_pugh_score is null then 'score not recorded'
        when patient.child_pugh_points is null then 'a component is missing'
    end as reason
from fct_procedure as procedure
inner join dim_patient as patient using (site_id, patient_key)
where procedure.is_first_procedure
    and procedure.is_counted
