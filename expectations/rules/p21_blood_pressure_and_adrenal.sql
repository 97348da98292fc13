-- A blood pressure above 200 mmHg, or a hypertensive crisis, has an adrenal gland near by.
-- Rule: P21
-- Severity: W
-- Row: procedure.max_sbp
-- Clause: 3.3
-- Message: The systolic pressure rose above 200 mmHg or there was a hypertensive crisis,
--   and no treated lesion is recorded as near the adrenal gland.
-- Fix: Check the pressure; record the adrenal gland as other structure of the lesion if it
--   was near.
-- Source: IRE-REG 1.0, rule P21 [P]; the adrenal case of Thomson 2011 [S7]
with adrenal as (
    select distinct lesion_treatment.procedure_id
    from lesion_treatment
    inner join lesion using (lesion_id)
    where lesion.other_structure = 'ADRENAL'
),

crisis as (
    select distinct procedure_id
    from complication
    where subtype = 'HYPERTENSIVE_CRISIS'
)

select
    procedure.row_id,
    case
        when procedure.max_sbp > 200 or crisis.procedure_id is not null
            then adrenal.procedure_id is not null
        when procedure.max_sbp is not null then true
    end as holds
from procedure
left join crisis
    on procedure.procedure_id = crisis.procedure_id
left join adrenal
    on procedure.procedure_id = adrenal.procedure_id
