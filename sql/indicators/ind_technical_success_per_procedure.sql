-- Technical success.
-- Grain: one row per (site_id, procedure_id)
-- Value: 1 success, 0 none or stopped before the end, null where not recorded.
-- Eligible: every counted procedure.
-- Source: HTG532 3.2; indicator E1.
select
    site_id,
    procedure_id,
    procedure_date,
    case
        when technical_success = 'Y' then 1
        when technical_success in ('N', 'ABORTED') then 0
    end as value,
    case when technical_success is null then 'technical success not recorded' end as reason
from fct_procedure
where is_counted
