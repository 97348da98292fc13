-- Change of the FACT-Hep total from baseline to month 12.
-- Grain: one row per (patient_key)
-- Value: 1 worse by 8 points or more, 0 not, null where one of the two could not be
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
        when round(fact_hep - fact_hep_before, 6) <= -8 then 1
        when fact_hep is not null and fact_hep_before is not null then 0
    end as value,
    case
        when fact_hep is null or fact_hep_before is null
            then 'one of the two could not be scored'
    end as reason,
    cast(fact_hep - fact_hep_before as double) as amount
from fct_prom_pair
where instrument = 'FACT-Hep'
    and visit = 'M12'
    and observed_days >= 425
