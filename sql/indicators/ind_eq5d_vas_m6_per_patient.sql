-- Change of the EQ-5D visual analogue scale from baseline to month 6.
-- Grain: one row per (patient_key)
-- Value: 1 worse by 7 points or more, 0 not, null where one of the two could not be
-- scored; amount is the change in points.
-- Eligible: every patient who answered the questionnaire on day -42 to 0 and on day 136 to
-- 225, at least 225 days before the site's complete-to date.
-- Source: HTG532 1.4, 3.2; indicator Q1 (windows proposed).
select
    site_id,
    procedure_id,
    patient_key,
    procedure_date,
    case
        when round(eq5d_vas - eq5d_vas_before, 6) <= -7 then 1
        when eq5d_vas is not null and eq5d_vas_before is not null then 0
    end as value,
    case
        when eq5d_vas is null or eq5d_vas_before is null
            then 'one of the two could not be scored'
    end as reason,
    cast(eq5d_vas - eq5d_vas_before as double) as amount
from fct_prom_pair
where instrument = 'EQ-5D-5L'
    and visit = 'M6'
    and observed_days >= 225
