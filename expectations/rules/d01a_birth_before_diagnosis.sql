-- The diagnosis is made after the month of birth.
-- Rule: D01a
-- Severity: R
-- Row: patient.diagnosis_date
-- Clause: 1.4
-- Code: DATE_ORDER
-- Message: The diagnosis is dated before the patient was born.
-- Fix: Correct the date that is wrong.
-- Source: IRE-REG 1.0, rule D01 [P]
select
    row_id,
    diagnosis_date >= (birth_year_month || '-01')::date as holds
from patient
where regexp_full_match(birth_year_month, '[0-9]{4}-(0[1-9]|1[0-2])')
