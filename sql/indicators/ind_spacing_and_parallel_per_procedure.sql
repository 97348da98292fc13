-- Spacing verified on imaging and electrodes parallel, in every pair (2.4, 3.6).
-- Grain: one row per (site_id, procedure_id)
-- Value: 1 met in every pair, 0 not met in one, null cannot tell (reason says why).
-- Eligible: every counted procedure since the guidance came into force.
-- Source: HTG532 2.4, 3.6; indicator C7, rule P09.
with pair as (
    select
        site_id,
        procedure_id,
        max(case when not is_verified then 1 else 0 end) as has_failed,
        max(case when is_verified is null then 1 else 0 end) as has_unknown,
        max(case when spacing_verified_imaging = 'NO' then 1 else 0 end) as has_unverified,
        max(case when not parallel_confirmed then 1 else 0 end) as has_crossed
    from fct_pulse
    group by all
)

select
    procedure.site_id,
    procedure.procedure_id,
    procedure.procedure_date,
    case
        when pair.has_failed = 1 then 0
        when pair.has_unknown = 0 then 1
    end as value,
    case
        when pair.has_failed is null then 'no record of the pulses'
        when pair.has_failed = 1
            then concat_ws(
                '; ',
                case when pair.has_unverified = 1 then 'spacing not verified on imaging'
                end,
                case when pair.has_crossed = 1 then 'electrodes not confirmed parallel' end
            )
        when pair.has_unknown = 1 then 'spacing or parallelism of a pair not recorded'
    end as reason
from fct_procedure as procedure
left join pair using (site_id, procedure_id)
where procedure.is_counted
    and procedure.is_under_guidance
