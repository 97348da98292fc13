-- No position has more pairs than its electrodes can form.
-- Rule: P07c
-- Severity: R
-- Row: lesion_treatment.n_electrodes
-- Clause: 2.4
-- Message: At one position more electrode pairs have pulses than this number of electrodes
--   can form (k electrodes: k(k-1)/2 pairs).
-- Fix: Check the number of electrodes, and the position and pair of each delivery.
-- Source: IRE-REG 1.0, rule P07 [P]
with pairs as (
    select
        procedure_id,
        lesion_id,
        position_no,
        -- a pair delivered to in two cycles, or named in either order, is one pair
        count(
            distinct 10 * least(electrode_a, electrode_b) + greatest(electrode_a, electrode_b)
        ) as pairs
    from pulse_delivery
    group by all
),

most as (
    select
        procedure_id,
        lesion_id,
        max(pairs) as pairs
    from pairs
    group by all
)

select
    lesion_treatment.row_id,
    -- one electrode is a bipolar probe: its poles are one pair
    coalesce(most.pairs, 0) <= case lesion_treatment.n_electrodes
        when 1 then 1
        else lesion_treatment.n_electrodes * (lesion_treatment.n_electrodes - 1) / 2
    end as holds
from lesion_treatment
left join most
    on
        lesion_treatment.procedure_id = most.procedure_id
        and lesion_treatment.lesion_id = most.lesion_id
