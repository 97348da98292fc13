-- Local progression is recorded only after a scan that showed the lesion destroyed.
-- Without such a scan viable tumour is residual. Where the one-month scan before it leaves
-- the efficacy blank or not known, one cannot tell.
-- Rule: O07
-- Severity: R
-- Row: lesion_response.local_tumour_progression
-- Clause: 3.2
-- Message: Local progression is recorded, and no earlier scan showed the lesion without
--   viable tumour.
-- Fix: Send the scan that showed technique efficacy, or record the tumour as residual.
-- Source: Ahmed 2014 and SIO-DATECAN definitions [S50]
with scan as (
    select
        lesion_response.lesion_id,
        followup_imaging.imaging_date,
        lesion_response.technique_efficacy,
        followup_imaging.nominal_visit
    from lesion_response
    inner join followup_imaging using (imaging_id)
),

efficacy as (
    select
        lesion_id,
        min(imaging_date) filter (where technique_efficacy = 'Y') as shown_date,
        min(imaging_date) filter (
            where
                nominal_visit = 'M1'
                and coalesce(technique_efficacy, '9') = '9'
        ) as unknown_date
    from scan
    group by all
)

select
    lesion_response.row_id,
    lesion_response.local_tumour_progression != 'Y'
    -- progression is not yet asked about at the first scans
    or (
        lesion_response.local_tumour_progression is null
        and followup_imaging.nominal_visit in ('D1', 'M1')
    )
    or case
        when efficacy.shown_date < followup_imaging.imaging_date then true
        when efficacy.unknown_date < followup_imaging.imaging_date then null
        when followup_imaging.imaging_date is not null then false
    end as holds
from lesion_response
left join followup_imaging using (imaging_id)
left join efficacy on lesion_response.lesion_id = efficacy.lesion_id
