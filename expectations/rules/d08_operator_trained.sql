-- The first operator was signed off on the day, or supervised in a proctored case.
-- Rule: D08
-- Severity: B
-- Row: procedure.primary_operator_pseudo_id
-- Clause: 1.3
-- Message: The operator was not signed off on the day, and this was not a proctored
--   case.
-- Fix: Send the missing training record. If it is right, leave it: the breach is
--   counted, and the row is kept.
-- Source: HTG532 1.3
with training as (
    select
        procedure.row_id,
        count(operator_training.training_id) as records,
        bool_or(
            (
                operator_training.training_type = 'SIGN_OFF'
                and operator_training.training_date <= procedure.procedure_date
                and procedure.procedure_date
                <= coalesce(operator_training.expiry_date, date '9999-12-31')
            )
            or (
                coalesce(procedure.supervised, false)
                and operator_training.training_type = 'PROCTORED_CASE'
                and operator_training.training_date = procedure.procedure_date
            )
        ) as is_trained,
        -- a record without its type or day may be the one that is asked for
        bool_or(
            operator_training.training_type is null or operator_training.training_date is null
        ) as is_unclear
    from procedure
    left join operator_training
        on procedure.primary_operator_pseudo_id = operator_training.operator_pseudo_id
    where procedure.procedure_date is not null
    group by all
)

select
    row_id,
    case
        when records = 0 then null
        when is_trained then true
        when not is_unclear then false
    end as holds
from training
