-- Selected by a quorate specialist MDT that recommended IRE (1.2).
-- Grain: one row per (site_id, procedure_id)
-- Value: 1 met on the day, 0 not met, null cannot tell (reason says why).
-- Eligible: every counted procedure since the guidance came into force.
-- Source: HTG532 1.2; indicator C2.
select
    site_id,
    procedure_id,
    procedure_date,
    case
        when mdt_result = 'met' then 1
        when mdt_result = 'not met' then 0
    end as value,
    mdt_reason as reason
from fct_procedure
where is_counted
    and is_under_guidance
