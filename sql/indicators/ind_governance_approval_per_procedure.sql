-- Covered by a governance approval in force.
-- Grain: one row per (site_id, procedure_id)
-- Value: 1 met on the day, 0 not met, null cannot tell (reason says why).
-- Eligible: every counted procedure since the guidance came into force.
-- Source: HTG532, your responsibility; indicator C5.
select
    site_id,
    procedure_id,
    procedure_date,
    case
        when governance_result = 'met' then 1
        when governance_result = 'not met' then 0
    end as value,
    governance_reason as reason
from fct_procedure
where is_counted
    and is_under_guidance
