-- Anaesthesia without gas.
-- Grain: one row per (site_id, procedure_id)
-- Value: 1 total intravenous anaesthesia, 0 not, null where the gas is not
-- recorded.
-- Eligible: every counted procedure.
-- Source: HTG532, sustainability; indicator Env1.
select
    site_id,
    procedure_id,
    procedure_date,
    case
        when volatile_agent = 'TIVA' then 1
        when volatile_agent <> 'TIVA' then 0
    end as value,
    case when volatile_agent is null then 'anaesthetic gas not recorded' end as reason
from fct_procedure
where is_counted
