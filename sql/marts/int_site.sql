-- The sites of the register, and any other site that has an accepted submission.
-- Grain: one row per (site_id)
select
    site_id,
    site_name,
    trust_ods_code as trust_id,
    nation,
    icb_ods_code as board_id,
    true as is_registered
from stg_site

union all

select distinct
    submission.site_id,
    submission.site_id as site_name,
    cast(null as varchar) as trust_id,
    cast(null as varchar) as nation,
    cast(null as varchar) as board_id,
    false as is_registered
from stg_submission as submission
where not exists (
    select 1
    from stg_site as site
    where site.site_id = submission.site_id
)
