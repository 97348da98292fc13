-- The two electrodes of a pair are in order, and among those placed at the lesion.
-- Rule: P07b
-- Severity: R
-- Row: pulse_delivery.electrode_b
-- Clause: 2.4
-- Message: The second electrode is not numbered after the first, or its number is above
--   the electrodes placed at the lesion.
-- Fix: Number the electrodes of a lesion from 1, the lower number first.
-- Source: IRE-REG 1.0, rule P07 [P]
select
    pulse_delivery.row_id,
    pulse_delivery.electrode_a < pulse_delivery.electrode_b
    and (
        pulse_delivery.electrode_b <= lesion_treatment.n_electrodes
        -- one electrode: a bipolar probe, whose two poles make the pair
        or lesion_treatment.n_electrodes = 1
    ) as holds
from pulse_delivery
left join lesion_treatment
    on
        pulse_delivery.procedure_id = lesion_treatment.procedure_id
        and pulse_delivery.lesion_id = lesion_treatment.lesion_id
