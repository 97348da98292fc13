-- Device problems reported by Yellow Card.
-- Grain: one row per (site_id, complication_id)
-- Value: 1 a reference is recorded, 0 none; amount is the days from the record of the
-- complication to the report, null where a date is missing.
-- Eligible: every complication of a counted procedure in which the device is suspected.
-- Source: HTG532, your responsibility; indicator C10, rule O15.
select
    site_id,
    complication_id,
    procedure_id,
    procedure_date,
    case when yellow_card_ref is not null then 1 else 0 end as value,
    case when yellow_card_ref is null then 'no Yellow Card reference' end as reason,
    date_diff('day', recorded_date, yellow_card_date) as amount
from fct_complication
where is_counted
    and device_related_suspected = 'Y'
