-- Every accepted submission that is not withdrawn, with what its manifest says.
-- Grain: one row per (submission_id)
-- is_live: the walk reads it (its site has sent no FULL since). is_current: some row of it
-- is current; a live submission without rows (a nil return) is. Times are UTC;
-- received_date is the day in London, against which lateness is judged.
select
    submission.*,
    submission.is_live
        and (
            submission.rows_sent = 0
            or exists (
                select 1
                from current_record as record
                where record.submission_id = submission.submission_id
            )
        ) as is_current
from walk_submission as submission
