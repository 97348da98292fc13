-- Change of fatigue (QLQ-HCC18) from baseline to month 12.
-- Grain: one row per (patient_key)
-- Value: 1 worse by 10 points or more, 0 not, null where one of the two could not be
-- scored; amount is the change in points.
-- Eligible: every patient who answered the questionnaire on day -42 to 0 and on day 305 to
-- 425, at least 425 days before the site's complete-to date.
-- Source: HTG532 1.4, 3.2; indicator Q2 (windows proposed).
select
    site_id,
    procedure_id,
    patient_key,
    procedure_date,
    case
        when round(hcc_fa - hcc_fa_before, 6) >= 10 then 1
        when hcc_fa is not null and hcc_fa_before is not null then 0
    end as value,
    case
        when hcc_fa is null or hcc_fa_before is null
            then 'one of the two could not be scored'
    end as reason,
    cast(hcc_fa - hcc_fa_before as double) as amount
from fct_prom_pair
where instrument = 'QLQ-HCC18'
    and visit = 'M12'
    and observed_days >= 425
