-- Was the first operator signed off, or supervised in a proctored case, on the day (C4)?
-- Grain: one row per (site_id, procedure_id)
-- Experience is shown, not scored: no threshold until a dated policy value is set.
-- Source: HTG532 1.3; rule D08.
with fact as (
    select
        procedure.site_id,
        procedure.procedure_id,
        procedure.primary_operator_pseudo_id,
        procedure.supervised,
        exists (
            select 1
            from stg_operator_training as training
            where training.site_id = procedure.site_id
                and training.operator_pseudo_id = procedure.primary_operator_pseudo_id
        ) as has_training,
        exists (
            select 1
            from stg_operator_training as training
            where training.site_id = procedure.site_id
                and training.operator_pseudo_id = procedure.primary_operator_pseudo_id
                and training.training_type = 'SIGN_OFF'
                and training.training_date <= procedure.procedure_date
                and (
                    training.expiry_date is null
                    or training.expiry_date >= procedure.procedure_date
                )
        ) as is_signed_off,
        exists (
            select 1
            from stg_operator_training as training
            where training.site_id = procedure.site_id
                and training.operator_pseudo_id = procedure.primary_operator_pseudo_id
                and training.training_type = 'PROCTORED_CASE'
                and training.training_date = procedure.procedure_date
        ) as is_proctored,
        exists (
            select 1
            from stg_operator_training as training
            where training.site_id = procedure.site_id
                and training.operator_pseudo_id = procedure.primary_operator_pseudo_id
                and training.training_type is null
                and training.training_date <= procedure.procedure_date
        ) as has_unnamed_training
    from stg_procedure as procedure
),

judged as (
    select
        site_id,
        procedure_id,
        case
            when is_signed_off or (is_proctored and supervised) then 'met'
            when primary_operator_pseudo_id is null or not has_training then 'cannot tell'
            when is_proctored and supervised is null then 'cannot tell'
            when has_unnamed_training then 'cannot tell'
            else 'not met'
        end as result,
        case
            when primary_operator_pseudo_id is null then 'operator not recorded'
            when not has_training then 'no training record of the operator'
            when is_proctored and supervised is null
                then 'proctored case, but supervision not recorded'
            when has_unnamed_training then 'kind of a training not recorded'
            else 'operator not signed off on the day, nor supervised in a proctored case'
        end as shortfall
    from fact
)

select
    site_id,
    procedure_id,
    result,
    case when result <> 'met' then shortfall end as reason
from judged
