-- Complications told at the 30-day review: some are recorded, or none is confirmed.
-- Grain: one row per (site_id, procedure_id)
-- Value: 1 told, 0 silent (neither a complication nor a confirmation that there was none).
-- Eligible: every procedure at least 30 days before the site's complete-to date.
-- Source: IRE-REG 1.0, rule O04 (completeness) [P].
select
    site_id,
    procedure_id,
    procedure_date,
    case
        when complications > 0 or coalesce(no_complication_confirmed, false) then 1
        else 0
    end as value,
    case
        when complications = 0 and not coalesce(no_complication_confirmed, false)
            then 'no complication recorded and none confirmed'
    end as reason
from fct_procedure
where is_mature_30d
