-- The Child-Pugh class is that of the score, and of the score that its components give.
-- A is 5 to 6, B 7 to 9, C 10 to 15.
-- Rule: T05b
-- Severity: R
-- Row: patient.child_pugh_class
-- Clause: 1.4
-- Message: The Child-Pugh class is not that of the score sent, or not that of the score
--   which bilirubin, albumin, INR, ascites and encephalopathy give.
-- Fix: Check class, score and the five components, with their units.
-- Source: Child-Pugh bands of albumin and INR [S55], of bilirubin in µmol/L [M]
select
    row_id,
    child_pugh_class
    = case when child_pugh_score <= 6 then 'A' when child_pugh_score <= 9 then 'B'
        when child_pugh_score >= 10 then 'C' end
    and child_pugh_class
    = case when ({child_pugh_points}) <= 6 then 'A' when ({child_pugh_points}) <= 9 then 'B'
        when ({child_pugh_points}) >= 10 then 'C' end as holds
from patient
