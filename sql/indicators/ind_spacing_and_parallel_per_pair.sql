-- Spacing verified on imaging and electrodes parallel (2.4, 3.6).
-- Grain: one row per (site_id, delivery_id)
-- Value: 1 both, 0 not, null where one of the two is not recorded.
-- Eligible: every pair of electrodes, at each position, of counted procedures since the
-- guidance came into force.
-- Source: HTG532 2.4, 3.6; indicator C7, rule P09.
select
    site_id,
    delivery_id,
    procedure_id,
    procedure_date,
    case when is_verified then 1 when not is_verified then 0 end as value,
    case when is_verified is null then 'spacing or parallelism not recorded' end as reason
from fct_pulse
where is_counted
    and is_under_guidance
