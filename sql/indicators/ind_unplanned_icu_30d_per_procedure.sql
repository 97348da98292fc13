-- Unplanned admission to intensive care.
-- Grain: one row per (site_id, procedure_id)
-- Value: 1 admitted, 0 not, null where not recorded.
-- Eligible: every procedure at least 30 days before the site's complete-to date.
-- Source: HTG532 3.3; indicator S9.
select
    site_id,
    procedure_id,
    procedure_date,
    case when unplanned_icu then 1 when not unplanned_icu then 0 end as value,
    case when unplanned_icu is null then 'unplanned intensive care not recorded' end
        as reason
from fct_procedure
where is_mature_30d
