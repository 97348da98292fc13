-- Done by a signed-off or supervised operator (1.3).
-- Grain: one row per (site_id, procedure_id)
-- Value: 1 met on the day, 0 not met, null cannot tell (reason says why).
-- Eligible: every counted procedure since the guidance came into force.
-- Source: HTG532 1.3; indicator C4.
select
    site_id,
    procedure_id,
    procedure_date,
    case
        when operator_result = 'met' then 1
        when operator_result = 'not met' then 0
    end as value,
    operator_reason as reason
from fct_procedure
where is_counted
    and is_under_guidance
