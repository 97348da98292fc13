-- Case ascertainment: the registry's procedures against the hospital's own count.
-- Grain: one row per (site_id, quarter)
-- Value: 1 where the site gave its count, null where not; amount is the procedures in the
-- registry and expected the hospital's count (J12.8 with Y12.3, sent in the manifest).
-- Eligible: every quarter up to the site's complete-to date.
-- Source: indicator D1.
with done as (
    select
        site_id,
        quarter,
        count(*) as procedures
    from fct_procedure
    where is_counted
    group by all
)

select
    reported.site_id,
    reported.quarter,
    reported.quarter_end as event_date,
    case when reported.hes_ire_count is not null then 1 end as value,
    case when reported.hes_ire_count is null then 'hospital count not sent' end as reason,
    coalesce(done.procedures, 0) as amount,
    reported.hes_ire_count as expected
from site_quarter as reported
inner join dim_site as site using (site_id)
left join done
    on done.site_id = reported.site_id
    and done.quarter = reported.quarter
where reported.quarter_end <= site.complete_to
