-- Single-use items in a procedure.
-- Grain: one row per (site_id, procedure_id)
-- Value: 1 recorded, null not recorded; amount is their number.
-- Eligible: every counted procedure.
-- Source: HTG532, sustainability; indicator Env1.
select
    site_id,
    procedure_id,
    procedure_date,
    case when single_use_items_count is not null then 1 end as value,
    case when single_use_items_count is null then 'single-use items not recorded' end
        as reason,
    single_use_items_count as amount
from fct_procedure
where is_counted
