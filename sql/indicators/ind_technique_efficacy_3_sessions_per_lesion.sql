-- Technique efficacy at one month, after up to three sessions.
-- Grain: one row per (site_id, procedure_id, lesion_id)
-- Value: 1 no viable tumour at the one-month scan of any of the lesion's first three
-- sessions, 0 viable tumour at that of the last of them, else null.
-- Eligible: every lesion treated for the first time, at least 60 days before the site's
-- complete-to date, with a scan on day 21 to 60 after one of its first three sessions.
-- Source: HTG532 3.2; indicator E2 (visit window proposed).
with session as (
    select
        site_id,
        lesion_id,
        max(case when technique_efficacy_at_month = 'Y' then 1 else 0 end) as is_complete,
        max(case when month_scan_id is not null then 1 else 0 end) as has_scan,
        max(lesion_treatment_no) as last_no,
        max(case when technique_efficacy_at_month = 'N' then lesion_treatment_no end)
            as last_viable_no
    from fct_lesion
    where lesion_treatment_no <= 3
        and is_counted
    group by all
)

select
    lesion.site_id,
    lesion.procedure_id,
    lesion.lesion_id,
    lesion.procedure_date,
    case
        when session.is_complete = 1 then 1
        when session.last_viable_no = session.last_no then 0
    end as value,
    case
        when session.is_complete = 1 or session.last_viable_no = session.last_no then null
        when session.last_no > 1
            then 'technique efficacy not known after the last of the sessions'
        else 'technique efficacy not known'
    end as reason
from fct_lesion as lesion
inner join session using (site_id, lesion_id)
where lesion.is_first_treatment
    and lesion.is_mature_60d
    and session.has_scan = 1
