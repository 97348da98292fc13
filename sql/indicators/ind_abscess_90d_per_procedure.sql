-- Liver abscess within 90 days of the procedure.
-- Grain: one row per (site_id, procedure_id)
-- Value: 1 abscess on day 0 to 90, 0 none, null where the site's record
-- is silent or a complication was left out.
-- Eligible: every procedure at least 90 days before the site's complete-to date.
-- Source: HTG532 3.3; indicator S8.
with event as (
    select distinct
        site_id,
        procedure_id
    from fct_complication
    where subtype = 'ABSCESS'
        and onset_days between 0 and 90
)

select
    procedure.site_id,
    procedure.procedure_id,
    procedure.procedure_date,
    case
        when event.procedure_id is not null then 1
        when procedure.is_complication_known then 0
    end as value,
    case
        when event.procedure_id is null then procedure.complication_unknown_reason
    end as reason
from fct_procedure as procedure
left join event using (site_id, procedure_id)
where procedure.is_mature_90d
