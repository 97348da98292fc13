-- A patient is 18 to 90 years old at each procedure.
-- An age that cannot be (D23b) and a birth after the diagnosis (D01a) are said there alone.
-- Rule: D23a
-- Severity: W
-- Row: patient.birth_year_month
-- Clause: YR-EQ
-- Message: By this month of birth the patient is under 18 or over 90 at a procedure.
-- Fix: Check the month of birth and the date of the procedure, or answer that the age is
--   right and why.
-- Source: IRE-REG 1.0, section 1.4 [P]
select
    row_id,
    (
        min(age_years) >= 18
        and max(age_years) <= 90
    )
    or min(age_years) < 0
    or max(age_years) > 110
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
