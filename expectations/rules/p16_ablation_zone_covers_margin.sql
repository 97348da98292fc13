-- The ablation zone covers the lesion with 5 mm around it, unless coverage was incomplete.
-- Rule: P16
-- Severity: W
-- Row: lesion_treatment.ablation_zone_max_mm
-- Clause: 2.5
-- Message: The ablation zone is smaller than the lesion with 5 mm on each side, and
--   coverage is not recorded as incomplete.
-- Fix: Check both diameters (millimetres) and the coverage.
-- Source: IRE-REG 1.0, rule P16 [P]; HTG532 2.5
select
    lesion_treatment.row_id,
    lesion_treatment.ablation_zone_max_mm >= round(lesion.max_diameter_mm + 2 * 5, 6)
    or lesion_treatment.complete_coverage_immediate = 'N' as holds
from lesion_treatment
inner join lesion using (lesion_id)
