-- All five of research, MDT, centre, operator and governance on the day (C11)?
-- Grain: one row per (site_id, procedure_id)
-- Not met if any of the five is, else cannot tell if any is, else met.
-- Source: indicator C11.
with judged as (
    select
        procedure.site_id,
        procedure.procedure_id,
        concat_ws(
            '; ',
            case when research.result = 'not met' then research.reason end,
            case when mdt.result = 'not met' then mdt.reason end,
            case when centre.result = 'not met' then centre.reason end,
            case when operator.result = 'not met' then operator.reason end,
            case when governance.result = 'not met' then governance.reason end
        ) as failing,
        concat_ws(
            '; ',
            case when research.result = 'cannot tell' then research.reason end,
            case when mdt.result = 'cannot tell' then mdt.reason end,
            case when centre.result = 'cannot tell' then centre.reason end,
            case when operator.result = 'cannot tell' then operator.reason end,
            case when governance.result = 'cannot tell' then governance.reason end
        ) as missing
    from stg_procedure as procedure
    inner join int_research as research using (site_id, procedure_id)
    inner join int_mdt as mdt using (site_id, procedure_id)
    inner join int_centre as centre using (site_id, procedure_id)
    inner join int_operator as operator using (site_id, procedure_id)
    inner join int_governance as governance using (site_id, procedure_id)
)

select
    site_id,
    procedure_id,
    tri_state(failing, missing) as result,
    nullif(case when failing <> '' then failing else missing end, '') as reason
from judged
