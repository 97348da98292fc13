-- After a complication of grade IIIb or worse the patient is told within 10 working days.
-- Counted from the day on which it was recorded, by England's bank holidays.
-- Rule: O16b
-- Severity: W
-- Row: complication.duty_of_candour_date
-- Clause: YR-GOV
-- Message: The grade is IIIb or worse, and the duty of candour letter is missing or was
--   written more than 10 working days after the complication was recorded.
-- Fix: Send the date of the letter, or answer why it is late or not due.
-- Source: NHS Standard Contract, duty of candour: 10 working days [M], to be verified
select
    complication.row_id,
    not ({is_harm_to_disclose})
    or (
        complication.duty_of_candour_date is not null
        and told.working_days - recorded.working_days <= 10
    ) as holds
from complication
left join working_day as told on complication.duty_of_candour_date = told.day
left join working_day as recorded on complication.recorded_date = recorded.day
