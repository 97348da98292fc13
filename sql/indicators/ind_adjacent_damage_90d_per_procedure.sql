-- Damage to an adjacent structure, related to the procedure, within 90 days.
-- Grain: one row per (site_id, procedure_id)
-- Value: 1 related damage on day 0 to 90, 0 none, null where the site's record is silent,
-- a complication was left out, or the relation of the damage is not recorded.
-- Eligible: every procedure at least 90 days before the site's complete-to date.
-- Source: HTG532 3.3; indicator S1 (related: possible or more, or not known).
with event as (
    select
        site_id,
        procedure_id,
        max(case when is_related then 1 else 0 end) as is_event,
        max(case when is_related is null then 1 else 0 end) as is_doubtful
    from fct_complication
    where nice_category = 'ADJACENT_STRUCTURE'
        and onset_days between 0 and 90
    group by all
)

select
    procedure.site_id,
    procedure.procedure_id,
    procedure.procedure_date,
    case
        when event.is_event = 1 then 1
        when event.is_doubtful = 1 then null
        when procedure.is_complication_known then 0
    end as value,
    case
        when event.is_event = 1 then null
        when event.is_doubtful = 1 then 'relation to the procedure not recorded'
        else procedure.complication_unknown_reason
    end as reason
from fct_procedure as procedure
left join event using (site_id, procedure_id)
where procedure.is_mature_90d
