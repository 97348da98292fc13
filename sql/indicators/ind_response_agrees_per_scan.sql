-- Response as the sums of diameters give it.
-- Grain: one row per (site_id, imaging_id)
-- Value: 1 the response sent is the one that the sums, the nadir and new lesions give, 0
-- another, null where they cannot say.
-- Eligible: every scan by mRECIST or RECIST 1.1 after a counted procedure that was not "not
-- evaluable".
-- Source: HTG532 1.4; indicator D4, rule O08.
select
    site_id,
    imaging_id,
    procedure_id,
    procedure_date,
    case
        when overall_response = response_recomputed then 1
        when overall_response <> response_recomputed then 0
    end as value,
    case
        when overall_response is null then 'response not recorded'
        when response_recomputed is null then 'a sum of diameters is missing'
    end as reason
from fct_followup
where is_counted
    and criteria in ('mRECIST', 'RECIST1.1')
    and coalesce(overall_response, '') <> 'NE'
