-- Local tumour progression of each lesion.
-- Grain: one row per (site_id, procedure_id, lesion_id)
-- Value: 1 local progression, 0 not, with time_days from the session after which efficacy
-- was shown and what ended it (local progression, death or transplant; null censored).
-- Eligible: every lesion in which technique efficacy was shown.
-- Source: HTG532 3.2; indicator E4.
select
    site_id,
    procedure_id,
    lesion_id,
    procedure_date,
    case when ended_by = 'local progression' then 1 else 0 end as value,
    cast(time_days as double) as time_days,
    ended_by
from fct_local_control
where is_counted
