-- The questionnaires of placed patients, scored, by days from the first IRE.
-- Grain: one row per (site_id, patient_key, instrument, timepoint)
-- visit is told by the day, not by the label: BASELINE day -42 to 0, M1 21 to 60, M3 61 to
-- 135, M6 136 to 225, M12 305 to 425, M24 640 to 820. Of two at one visit the one nearest
-- the nominal day is preferred. eq5d_value is of the value set in force.
-- Source: HTG532 1.4, 3.2; indicators Q1 to Q3 (windows proposed).
with placed as (
    select
        score.*,
        value.value as eq5d_value,
        first.site_id as first_site_id,
        first.procedure_id as first_procedure_id,
        date_diff('day', first.procedure_date, score.completed_date) as days_since_first
    from stg_prom_score as score
    inner join fct_procedure as first
        on first.patient_key = score.patient_key
        and first.is_first_procedure
    left join stg_eq5d_value as value
        on value.profile = score.eq5d_profile
    where not exists (
        select 1
        from unplaced
        where unplaced.site_id = score.site_id
            and unplaced.table_name = 'prom'
            and unplaced.record_key = score.record_key
    )
),

visited as (
    select
        *,
        case
            when days_since_first between -42 and 0 then 'BASELINE'
            when days_since_first between 21 and 60 then 'M1'
            when days_since_first between 61 and 135 then 'M3'
            when days_since_first between 136 and 225 then 'M6'
            when days_since_first between 305 and 425 then 'M12'
            when days_since_first between 640 and 820 then 'M24'
        end as visit
    from placed
)

select
    *,
    row_number() over (
        partition by patient_key, instrument, visit
        order by
            abs(
                days_since_first - case visit
                    when 'BASELINE' then 0
                    when 'M1' then 30
                    when 'M3' then 91
                    when 'M6' then 183
                    when 'M12' then 365
                    when 'M24' then 730
                end
            ),
            completed_date desc,
            site_id,
            timepoint
    ) as preference
from visited
