-- What each site has reported: the submissions that stand for the quarters of their period.
-- Grain: one row per (site_id, submission_id)
-- A correction reports no quarter; after a roll-back stands what stood in the state that
-- it brought back. Times are UTC; received_date is the day in London.
select
    report.site_id,
    report.submission_id,
    report.acceptance_number,
    report.period_start,
    report.period_end,
    report.is_nil_return,
    report.hes_ire_count,
    report.received_at,
    report.received_date
from walk_report as report
