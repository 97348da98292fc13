-- Timeliness: the quarter reported within six weeks of its end.
-- Grain: one row per (site_id, quarter)
-- Value: 1 reported, or a nil return, by the due date, 0 later or not at all.
-- Eligible: every quarter expected of the site whose due date has passed.
-- Source: indicator D3 (six weeks proposed).
select
    site_id,
    quarter,
    quarter_end as event_date,
    case when state <> 'missing' and not is_late then 1 else 0 end as value,
    case
        when state = 'missing' then 'not reported'
        when is_late then 'reported after the due date'
    end as reason
from site_quarter
where is_due
