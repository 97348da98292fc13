-- Death within 30 days of the procedure.
-- Grain: one row per (site_id, procedure_id)
-- Value: 1 died on day 0 to 30, 0 alive on day 30, null where vital status is not known.
-- Eligible: every procedure at least 30 days before the site's complete-to date.
-- Source: HTG532 3.3; indicator S7.
select
    site_id,
    procedure_id,
    procedure_date,
    case
        when is_vital_status_known_30d
            then case when death_known_days between 0 and 30 then 1 else 0 end
    end as value,
    case
        when not is_vital_status_known_30d then 'vital status on day 30 not known'
    end as reason
from fct_procedure
where is_mature_30d
