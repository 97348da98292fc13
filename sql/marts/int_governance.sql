-- Did a governance approval that is in force cover the day (C5)?
-- Grain: one row per (site_id, procedure_id)
-- Source: HTG532, your responsibility; rule D10.
with fact as (
    select
        procedure.site_id,
        procedure.procedure_id,
        procedure.procedure_date,
        procedure.approval_id,
        approval.approval_id is not null as is_approval_sent,
        approval.decision,
        approval.valid_from,
        approval.valid_to
    from stg_procedure as procedure
    left join stg_governance_approval as approval
        on approval.site_id = procedure.site_id
        and approval.approval_id = procedure.approval_id
),

judged as (
    select
        site_id,
        procedure_id,
        concat_ws(
            '; ',
            case when approval_id is null then 'no governance approval linked' end,
            case
                when decision not in ('APPROVED', 'APPROVED_CONDITIONS')
                    then 'the committee did not approve'
            end,
            case
                when valid_from > procedure_date then 'approval not yet valid on the day'
            end,
            case when valid_to < procedure_date then 'approval expired on the day' end
        ) as failing,
        concat_ws(
            '; ',
            case
                when approval_id is not null and not is_approval_sent
                    then 'approval record not sent'
            end,
            case
                when is_approval_sent and decision is null then 'decision not recorded'
            end,
            case
                when is_approval_sent and valid_from is null
                    then 'start of the approval not recorded'
            end
        ) as missing
    from fact
)

select
    site_id,
    procedure_id,
    tri_state(failing, missing) as result,
    nullif(case when failing <> '' then failing else missing end, '') as reason
from judged
