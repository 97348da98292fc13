-- The sites, with the day to which each is complete.
-- Grain: one row per (site_id)
-- complete_to: the end of the last quarter in an unbroken run of accepted submissions or
-- nil returns from the site's first quarter; null where its first quarter is missing.
-- Source: the registry's calendar.
with first_gap as (
    select
        site_id,
        min(case when state = 'missing' then quarter_start end) as gap_start
    from site_quarter
    group by all
),

run as (
    select
        quarter.site_id,
        min(quarter.quarter_start) as first_quarter_start,
        max(
            case
                when first_gap.gap_start is null
                    or quarter.quarter_start < first_gap.gap_start
                    then quarter.quarter_end
            end
        ) as complete_to,
        sum(case when quarter.state <> 'missing' then 1 else 0 end)
            as quarters_reported,
        sum(case when quarter.state = 'nil return' then 1 else 0 end)
            as quarters_nil,
        sum(case when quarter.state = 'missing' and quarter.is_due then 1 else 0 end)
            as quarters_missing,
        sum(case when quarter.is_late then 1 else 0 end) as quarters_late,
        sum(case when quarter.is_due then 1 else 0 end) as quarters_due
    from site_quarter as quarter
    inner join first_gap using (site_id)
    group by all
)

select
    site.site_id,
    coalesce(site.site_name, site.site_id) as site_name,
    site.trust_id,
    site.nation,
    site.board_id,
    site.is_registered,
    run.first_quarter_start,
    run.complete_to,
    cast(coalesce(run.quarters_due, 0) as integer) as quarters_due,
    cast(coalesce(run.quarters_reported, 0) as integer) as quarters_reported,
    cast(coalesce(run.quarters_nil, 0) as integer) as quarters_nil,
    cast(coalesce(run.quarters_missing, 0) as integer) as quarters_missing,
    cast(coalesce(run.quarters_late, 0) as integer) as quarters_late
from int_site as site
left join run using (site_id)
