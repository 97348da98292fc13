-- The Child-Pugh score is the one that its five components give.
-- Read as: a score that differs within its class, by one (or more), is a query; where the
-- class differs too it is T05b that speaks.
-- Rule: T05a
-- Severity: W
-- Row: patient.child_pugh_score
-- Clause: 1.4
-- Message: The Child-Pugh score is not the one that bilirubin, albumin, INR, ascites and
--   encephalopathy give.
-- Fix: Check the score and its five components, with their units.
-- Source: Child-Pugh bands of albumin and INR [S55], of bilirubin in µmol/L [M]
select
    row_id,
    child_pugh_score = ({child_pugh_points})
    or (child_pugh_score <= 6) != (({child_pugh_points}) <= 6)
    or (child_pugh_score <= 9) != (({child_pugh_points}) <= 9) as holds
from patient
