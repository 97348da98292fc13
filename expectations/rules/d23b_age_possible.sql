-- A patient is 0 to 110 years old at each procedure.
-- A birth after the diagnosis is said by D01a alone.
-- Rule: D23b
-- Severity: R
-- Row: patient.birth_year_month
-- Clause: YR-EQ
-- Code: RANGE
-- Message: By this month of birth the patient is unborn or over 110 years old at a
--   procedure.
-- Fix: Correct the month of birth or the date of the procedure.
-- Source: IRE-REG 1.0, section 1.4 [P]
select
    row_id,
    (
        min(age_years) >= 0
        and max(age_years) <= 110
    )
    or coalesce(diagnosis_date < born, false) as holds
from (
    select
        patient.row_id,
        patient.diagnosis_date,
        (patient.birth_year_month || '-01')::date as born,
        {age_years} as age_years
    from patient
    inner join procedure using (patient_key)
    where regexp_full_match(patient.birth_year_month, '[0-9]{4}-(0[1-9]|1[0-2])')
) as treated
group by
    row_id,
    diagnosis_date,
    born
