-- Technique efficacy at one month, after one session.
-- Grain: one row per (site_id, procedure_id, lesion_id)
-- Value: 1 no viable tumour in or at the ablation zone at the one-month scan, 0 viable
-- tumour, null where the scan did not assess the lesion or its answer is not known.
-- Eligible: every lesion treated for the first time, at least 60 days before the site's
-- complete-to date, whose patient had a scan on day 21 to 60 (before any repeat IRE).
-- Source: HTG532 3.2; indicator E2 (visit window proposed).
select
    site_id,
    procedure_id,
    lesion_id,
    procedure_date,
    case
        when technique_efficacy_at_month = 'Y' then 1
        when technique_efficacy_at_month = 'N' then 0
    end as value,
    case
        when technique_efficacy_at_month in ('Y', 'N') then null
        when not is_assessed_at_month then 'the lesion was not assessed at the scan'
        else 'technique efficacy not known'
    end as reason
from fct_lesion
where is_first_treatment
    and is_mature_60d
    and month_scan_id is not null
