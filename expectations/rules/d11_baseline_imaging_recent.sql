-- The baseline imaging is at most 42 days before the first procedure on the lesion.
-- Rule: D11
-- Severity: W
-- Row: lesion.baseline_imaging_date
-- Clause: 1.4
-- Message: The baseline imaging is not within the 42 days before the first procedure on
--   the lesion.
-- Fix: Check the date, or answer why an older scan was used.
-- Source: IRE-REG 1.0, rule D11 [P]
with first_treatment as (
    select
        lesion_treatment.lesion_id,
        min(procedure.procedure_date) as procedure_date
    from lesion_treatment
    inner join procedure using (procedure_id)
    group by all
)

select
    lesion.row_id,
    -- 0 to 42 days is a local policy value, to be confirmed [P]
    first_treatment.procedure_date - lesion.baseline_imaging_date between 0 and 42
        as holds
from lesion
inner join first_treatment using (lesion_id)
