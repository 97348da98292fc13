-- What each expected site has sent for each quarter that has ended.
-- Grain: one row per (site_id, quarter_start)
-- A site is expected from the first quarter that it reported; one that never reported,
-- from the registry's first quarter. A correction does not report a quarter.
-- Source: the registry's calendar: a quarter is due six weeks after its end.
with reports as (
    select
        submission.site_id,
        quarter.quarter_start,
        submission.submission_id,
        submission.acceptance_number,
        submission.is_nil_return,
        submission.received_at,
        submission.received_date,
        case
            when submission.period_start = quarter.quarter_start
                and submission.period_end = quarter.quarter_end
                then submission.hes_ire_count
        end as hes_ire_count
    from dim_quarter as quarter
    inner join stg_report as submission
        on quarter.quarter_start >= submission.period_start
        and quarter.quarter_end <= submission.period_end
),

reported as (
    select
        site_id,
        quarter_start,
        min(received_at) as received_at,
        min(received_date) as received_date,
        max(acceptance_number) as last_acceptance_number,
        min(case when is_nil_return then 1 else 0 end) as is_nil_only,
        max(case when hes_ire_count is not null then acceptance_number end)
            as count_acceptance_number,
    from reports
    group by all
),

expected as (
    select
        site.site_id,
        coalesce(
            (
                select min(reported.quarter_start)
                from reported
                where reported.site_id = site.site_id
            ),
            (select min(quarter_start) from dim_quarter)
        ) as first_quarter_start
    from int_site as site
)

select
    expected.site_id,
    quarter.quarter_start,
    quarter.quarter_end,
    quarter.quarter,
    quarter.financial_year,
    quarter.due_date,
    quarter.is_due,
    case
        when reported.quarter_start is null then 'missing'
        when reported.is_nil_only = 1 then 'nil return'
        else 'reported'
    end as state,
    reported.received_at,
    coalesce(reported.received_date > quarter.due_date, false) as is_late,
    last_report.submission_id,
    count_report.hes_ire_count
from expected
inner join dim_quarter as quarter
    on quarter.quarter_start >= expected.first_quarter_start
left join reported
    on reported.site_id = expected.site_id
    and reported.quarter_start = quarter.quarter_start
left join reports as last_report
    on last_report.site_id = reported.site_id
    and last_report.quarter_start = reported.quarter_start
    and last_report.acceptance_number = reported.last_acceptance_number
left join reports as count_report
    on count_report.site_id = reported.site_id
    and count_report.quarter_start = reported.quarter_start
    and count_report.acceptance_number = reported.count_acceptance_number
