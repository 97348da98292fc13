-- Was the first operator signed off, or supervised in a proctored case, on the day (C4)?
-- Grain: one row per (site_id, procedure_id)
-- Where the policy of the day asks that an operator's first IRE cases be supervised
-- (policy.toml, supervised_cases), they must be, signed off or not. Those before the
-- registry count, and those at this site.
-- Source: HTG532 1.3; rule D08.
with numbered as (
    select
        site_id,
        procedure_id,
        row_number() over (
            partition by site_id, primary_operator_pseudo_id
            order by procedure_date, procedure_id
        ) as case_no
    from stg_procedure
    where primary_operator_pseudo_id is not null
),

fact as (
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
        ) as has_unnamed_training,
        numbered.case_no <= policy.supervised_cases
        and coalesce(
            numbered.case_no + operator.ire_cases_before_registry_start
                <= policy.supervised_cases,
            true
        ) as may_be_first_case,
        operator.ire_cases_before_registry_start is not null as is_experience_known
    from stg_procedure as procedure
    left join numbered using (site_id, procedure_id)
    left join stg_operator as operator
        on operator.site_id = procedure.site_id
        and operator.operator_pseudo_id = procedure.primary_operator_pseudo_id
    left join local_policy as policy
        on policy.since <= procedure.procedure_date
        and (policy.until is null or policy.until >= procedure.procedure_date)
),

judged as (
    select
        site_id,
        procedure_id,
        case
            when may_be_first_case and supervised is null then 'cannot tell'
            when may_be_first_case and not supervised and not is_experience_known
                then 'cannot tell'
            when may_be_first_case and not supervised then 'not met'
            when is_signed_off or (is_proctored and supervised) then 'met'
            when primary_operator_pseudo_id is null or not has_training then 'cannot tell'
            when is_proctored and supervised is null then 'cannot tell'
            when has_unnamed_training then 'cannot tell'
            else 'not met'
        end as result,
        case
            when may_be_first_case and supervised is null
                then 'supervision of a first case of the operator not recorded'
            when may_be_first_case and not supervised and not is_experience_known
                then 'earlier IRE cases of the operator not recorded'
            when may_be_first_case and not supervised
                then 'a first case of the operator, not supervised'
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
