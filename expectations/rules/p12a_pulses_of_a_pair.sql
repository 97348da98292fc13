-- A pair at a position gets 70 to 100 pulses in one cycle, or twice that in two.
-- Rule: P12a
-- Severity: W
-- Row: pulse_delivery.pulses_delivered
-- Clause: 2.4
-- Message: The pulses of this pair and position are neither one cycle (70 to 100) nor two
--   (140 to 200 together).
-- Fix: Check the pulses delivered. A second cycle is added to the row or sent as a second.
-- Source: IRE-REG 1.0, rule P12 [P]; two cycles of 90 [S18]
with pulses as (
    select
        row_id,
        sum(pulses_delivered) over (pair) as pulses,
        count(pulses_delivered) over (pair) = count(*) over (pair) as is_known
    from pulse_delivery
    where
        procedure_id is not null
        and lesion_id is not null
        and position_no is not null
        and electrode_a is not null
        and electrode_b is not null
    window pair as (
        partition by procedure_id, lesion_id, position_no, electrode_a, electrode_b
    )
)

select
    row_id,
    case when is_known then pulses between 70 and 100 or pulses between 140 and 200 end as holds
from pulses
