-- The pulses of placed procedures, by pair of electrodes and position.
-- Grain: one row per (site_id, delivery_id)
-- is_verified: the spacing was verified on imaging and the pair confirmed parallel; null
-- where one of the two is not recorded and the other does not fail it.
-- Source: HTG532 2.4, 3.6; indicators C7 and C8, rules P03, P09.
select
    pulse.site_id,
    pulse.delivery_id,
    pulse.procedure_id,
    pulse.lesion_id,
    procedure.procedure_date,
    procedure.is_counted,
    procedure.is_under_guidance,
    procedure.tumour_type,
    procedure.approach,
    pulse.position_no,
    pulse.electrode_a,
    pulse.electrode_b,
    pulse.active_tip_mm,
    pulse.spacing_mm,
    pulse.spacing_verified_imaging,
    pulse.angle_deg,
    pulse.tip_depth_offset_mm,
    pulse.parallel_confirmed,
    case
        when pulse.spacing_verified_imaging = 'NO' or not pulse.parallel_confirmed
            then false
        when pulse.spacing_verified_imaging is not null and pulse.parallel_confirmed
            then true
    end as is_verified,
    pulse.voltage_v,
    case when pulse.spacing_mm > 0 then 10.0 * pulse.voltage_v / pulse.spacing_mm end
        as volts_per_cm,
    pulse.pulses_planned,
    pulse.pulses_delivered,
    pulse.pulse_length_us,
    pulse.current_start_a,
    pulse.current_end_a,
    pulse.current_max_a,
    -- shown, not scored: 12 to 15 A was reached in 13 % (Ruarus 2018)
    pulse.current_end_a - pulse.current_start_a as current_rise_a,
    pulse.ecg_sync,
    pulse.aborted_pulses,
    pulse.abort_code
from stg_pulse_delivery as pulse
inner join fct_procedure as procedure using (site_id, procedure_id)
where not exists (
    select 1
    from unplaced
    where unplaced.site_id = pulse.site_id
        and unplaced.table_name = 'pulse_delivery'
        and unplaced.record_key = pulse.record_key
)
