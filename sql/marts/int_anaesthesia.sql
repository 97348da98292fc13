-- General anaesthesia with neuromuscular block (C6)?
-- Grain: one row per (site_id, procedure_id)
-- Source: HTG532 2.4; rules P01 and P02, indicator C6 (both Y).
with judged as (
    select
        site_id,
        procedure_id,
        concat_ws(
            '; ',
            case when anaesthesia <> 'GA' then 'not under general anaesthesia' end,
            case when not nmb_used then 'no neuromuscular block' end
        ) as failing,
        concat_ws(
            '; ',
            case when anaesthesia is null then 'anaesthesia not recorded' end,
            case when nmb_used is null then 'neuromuscular block not recorded' end
        ) as missing
    from stg_procedure
)

select
    site_id,
    procedure_id,
    tri_state(failing, missing) as result,
    nullif(case when failing <> '' then failing else missing end, '') as reason
from judged
