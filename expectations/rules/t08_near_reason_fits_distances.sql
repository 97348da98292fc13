-- A lesion said to be too near a vessel or bile duct for heat is near one.
-- Read as: NEAR_VESSEL, NEAR_BILE_DUCT or NEAR_GALLBLADDER is contradicted where no lesion
-- of the patient lies within 10 mm of a vessel or bile duct (the gall bladder is one of
-- the ducts listed). The other NEAR_ reasons are about structures not measured there.
-- Rule: T08
-- Severity: W
-- Row: mdt_review.thermal_unsuitable_reason
-- Clause: 3.5
-- Message: Thermal ablation was called unsuitable for nearness to a vessel or bile duct,
--   and no lesion of the patient is within 10 mm of one.
-- Fix: Check the distances of the lesions, or correct the reason.
-- Source: IRE-REG 1.0, rule T08 [P]; 10 mm: Kingham 2012 [M], to be verified
with nearness as (
    select
        patient_key,
        {is_near} as is_near
    from lesion
),

patient_nearness as (
    select
        patient_key,
        case
            when bool_or(is_near) then true
            when count(is_near) = count(*) then false
        end as is_near
    from nearness
    group by all
)

select
    mdt_review.row_id,
    not regexp_matches(
        mdt_review.thermal_unsuitable_reason, 'NEAR_(VESSEL|BILE_DUCT|GALLBLADDER)'
    )
    or patient_nearness.is_near as holds
from mdt_review
left join patient_nearness using (patient_key)
