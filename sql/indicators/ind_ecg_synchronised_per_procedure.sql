-- Pulses synchronised with the ECG (3.3).
-- Grain: one row per (site_id, procedure_id)
-- Value: 1 synchronised in the procedure and in every pair, 0 not in one, null cannot tell.
-- Eligible: every counted procedure since the guidance came into force.
-- Source: HTG532 3.3; indicator C8, rule P03.
with pair as (
    select
        site_id,
        procedure_id,
        max(case when not ecg_sync then 1 else 0 end) as has_failed,
        max(case when ecg_sync is null then 1 else 0 end) as has_unknown
    from fct_pulse
    group by all
)

select
    procedure.site_id,
    procedure.procedure_id,
    procedure.procedure_date,
    case
        when not procedure.ecg_sync_used or pair.has_failed = 1 then 0
        when procedure.ecg_sync_used and coalesce(pair.has_unknown, 0) = 0 then 1
    end as value,
    case
        when not procedure.ecg_sync_used then 'ECG synchronisation not used'
        when pair.has_failed = 1 then 'pulses of a pair not synchronised'
        when procedure.ecg_sync_used is null then 'ECG synchronisation not recorded'
        when pair.has_unknown = 1 then 'ECG synchronisation of a pair not recorded'
    end as reason
from fct_procedure as procedure
left join pair using (site_id, procedure_id)
where procedure.is_counted
    and procedure.is_under_guidance
