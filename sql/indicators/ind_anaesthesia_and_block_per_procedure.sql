-- General anaesthesia with neuromuscular block (2.4).
-- Grain: one row per (site_id, procedure_id)
-- Value: 1 met on the day, 0 not met, null cannot tell (reason says why).
-- Eligible: every counted procedure since the guidance came into force.
-- Source: HTG532 2.4; indicator C6.
select
    site_id,
    procedure_id,
    procedure_date,
    case
        when anaesthesia_result = 'met' then 1
        when anaesthesia_result = 'not met' then 0
    end as value,
    anaesthesia_reason as reason
from fct_procedure
where is_counted
    and is_under_guidance
