-- The overall response is the one that the sums of diameters give.
-- A new lesion is progression. No viable tumour is CR; a rise of at least 20 % from the
-- nadir (RECIST 1.1: and of at least 5 mm) PD; a fall of at least 30 % from baseline PR;
-- anything else SD. The nadir is the least of the baseline and the sums of earlier scans
-- by the same criteria against the same baseline. Only mRECIST and RECIST 1.1 can be
-- recomputed, and not a response that was not evaluable.
-- Rule: O08
-- Severity: W
-- Row: followup_imaging.overall_response
-- Clause: 1.4
-- Message: The overall response is not the one that the sums of diameters, the nadir and
--   new lesions give.
-- Fix: Check the response and both sums, or answer what else was taken into account.
-- Source: mRECIST and RECIST 1.1 thresholds [M], to be verified
with measured as (
    select
        row_id,
        criteria,
        overall_response,
        new_lesion,
        imaging_date,
        sum_viable_mm,
        sum_baseline_mm,
        -- not known where an earlier scan has no sum
        case
            when count(sum_viable_mm) over earlier = count(*) over earlier
                then least(sum_baseline_mm, min(sum_viable_mm) over earlier)
        end as nadir_mm
    from followup_imaging
    window
        earlier as (
            partition by patient_key, criteria, sum_baseline_mm
            order by imaging_date
            range between unbounded preceding and interval 1 day preceding
        )
)

select
    row_id,
    overall_response = case
        when new_lesion != 'NONE' then 'PD'
        when new_lesion is null then null
        when sum_viable_mm = 0 then 'CR'
        when sum_viable_mm is null or sum_baseline_mm is null then null
        when nadir_mm is null or imaging_date is null then null
        -- in whole numbers, so that a bound is met exactly
        when
            round(sum_viable_mm * 100) >= round(nadir_mm * 120)
            and (criteria = 'mRECIST' or round((sum_viable_mm - nadir_mm) * 10) >= 50)
            then 'PD'
        when round(sum_viable_mm * 100) <= round(sum_baseline_mm * 70) then 'PR'
        else 'SD'
    end as holds
from measured
where criteria in ('mRECIST', 'RECIST1.1') and overall_response != 'NE'
