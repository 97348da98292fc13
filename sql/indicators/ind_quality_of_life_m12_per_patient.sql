-- Change of global quality of life (QLQ-C30) from baseline to month 12.
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
        when round(c30_ql - c30_ql_before, 6) <= -10 then 1
        when c30_ql is not null and c30_ql_before is not null then 0
    end as value,
    case
        when c30_ql is null or c30_ql_before is null
            then 'one of the two could not be scored'
    end as reason,
    cast(c30_ql - c30_ql_before as double) as amount
from fct_prom_pair
where instrument = 'QLQ-C30'
    and visit = 'M12'
    and observed_days >= 425
