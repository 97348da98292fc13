-- Every accepted submission that is not withdrawn, with what its manifest says.
-- Grain: one row per (submission_id)
-- is_live: the walk reads it (its site has sent no FULL since). is_current: some row of it
-- is current; a live submission without rows (a nil return) is. Times are UTC;
-- received_date is the day in London, against which lateness is judged.
select
    submission.submission_id,
    submission.site_id,
    submission.acceptance_number,
    submission.submission_type,
    submission.period_start,
    submission.period_end,
    submission.is_nil_return,
    submission.hes_ire_count,
    submission.extract_at,
    submission.received_at,
    submission.received_date,
    submission.accepted_at,
    submission.received_by,
    submission.filename,
    submission.sha256,
    submission.canonical_digest,
    submission.records_read,
    submission.records_excluded,
    submission.duplicates,
    submission.rows_sent,
    submission.is_live,
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
