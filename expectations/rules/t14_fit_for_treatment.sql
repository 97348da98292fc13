-- The patient has a performance status of 0 to 2 and no Child-Pugh class C.
-- Rule: T14
-- Severity: W
-- Row: patient.child_pugh_class
-- Clause: 1.2
-- Message: Performance status 3 or worse, or Child-Pugh C: harm may outweigh benefit.
-- Fix: Check status and class, or answer why the patient was treated.
-- Source: IRE-REG 1.0, rule T14 [P]; worse survival with Child-Pugh B and C [S10]
select
    row_id,
    ecog_ps < 3 and child_pugh_class != 'C' as holds
from patient
