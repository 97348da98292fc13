-- An MDT that recommends IRE says why thermal ablation is not suitable.
-- Rule: T09
-- Severity: W
-- Row: mdt_review.thermal_unsuitable_reason
-- Clause: 2.2
-- Message: The MDT recommended IRE and gave no reason against thermal ablation.
-- Fix: Send the reason. If there was none, answer why IRE was recommended.
-- Source: HTG532 2.2; IRE-REG 1.0, rule T09 [P]
select
    row_id,
    recommendation != 'IRE' or thermal_unsuitable_reason != 'NONE' as holds
from mdt_review
