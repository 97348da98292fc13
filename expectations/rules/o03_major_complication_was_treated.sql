-- A complication of grade IIIa or worse was treated by an intervention.
-- Rule: O03
-- Severity: W
-- Row: complication.intervention
-- Clause: 3.3
-- Message: The grade is IIIa or worse, and none of the interventions that such a grade
--   stands for is recorded.
-- Fix: Send the intervention (drain, ERCP, embolisation, cardioversion, surgery or
--   intensive care), or correct the grade.
-- Source: Clavien-Dindo classification; IRE-REG 1.0, rule O03 [P]
select
    row_id,
    not ({is_major})
    or regexp_matches(
        intervention, '(DRAIN|ERCP|EMBOLISATION|CARDIOVERSION|SURGERY|ICU)'
    ) as holds
from complication
