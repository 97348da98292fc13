-- The number of lesions treated is that of the lesions sent with the procedure.
-- Rule: T12a
-- Severity: R
-- Row: procedure.n_lesions_treated
-- Clause: 2.5
-- Message: The number of lesions treated is not that of the rows in lesion_treatment.
-- Fix: Send a row for each lesion treated, or correct the number.
-- Source: IRE-REG 1.0, rule T12 [P]
select
    procedure.row_id,
    procedure.n_lesions_treated = coalesce(treated.lesions, 0) as holds
from procedure
left join (
    select
        procedure_id,
        count(*) as lesions
    from lesion_treatment
    group by all
) as treated using (procedure_id)
where procedure.procedure_id is not null
