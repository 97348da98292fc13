-- The electrodes were placed under imaging.
-- Rule: P06
-- Severity: W
-- Row: procedure.guidance
-- Clause: 2.4
-- Message: No imaging that guided the electrodes is named (CT, ultrasound, MRI, cone-beam
--   CT or navigation).
-- Fix: Send the imaging that was used.
-- Source: HTG532 2.4
select
    row_id,
    coalesce(
        regexp_matches(
            guidance, '(^|;)(CT|CT_FLUORO|US|CEUS|MRI|CONE_BEAM|STEREOTACTIC_NAV)(;|$)'
        ),
        false
    ) as holds
from procedure
