-- Procedures without an open query.
-- Grain: one row per (site_id, procedure_id)
-- Value: 0 a query on the procedure, on a lesion treated in it or on a complication of it
-- is open, else 1. A query that the site has answered is not open; a breach is no query.
-- Eligible: every counted procedure.
-- Source: indicator D4.
with record as (
    select site_id, procedure_id, 'procedure' as table_name, record_key
    from fct_procedure
    union all
    select site_id, procedure_id, 'lesion_treatment' as table_name, record_key
    from fct_lesion
    union all
    select site_id, procedure_id, 'complication' as table_name, record_key
    from fct_complication
),

query as (
    select distinct
        site_id,
        table_name,
        record_key
    from stg_finding
    where severity = 'W'
        and is_current
        and answer is null
),

open_query as (
    select distinct
        record.site_id,
        record.procedure_id
    from record
    inner join query using (site_id, table_name, record_key)
)

select
    procedure.site_id,
    procedure.procedure_id,
    procedure.procedure_date,
    case when open_query.procedure_id is null then 1 else 0 end as value,
    case when open_query.procedure_id is not null then 'a query is open' end as reason
from fct_procedure as procedure
left join open_query using (site_id, procedure_id)
where procedure.is_counted
