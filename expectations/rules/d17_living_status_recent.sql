-- A patient is known to be alive on a day in the six months before the extract.
-- Only sent rows are asked: a held row that grows old is due, not broken by an export.
-- Rule: D17
-- Severity: W
-- Row: vital_status.status_date
-- Clause: 3.2
-- Message: The patient was last known to be alive more than six months before the
--   extract.
-- Fix: Look up the vital status and send it with its new day.
-- Source: IRE-REG 1.0, rule D17 [P]
select
    vital_status.row_id,
    case
        when vital_status.row_id > 0
            then
                vital_status.status != 'ALIVE'
                or vital_status.status_date
                >= (submission.extract_date - interval 6 month)::date
    end as holds
from vital_status
cross join submission
