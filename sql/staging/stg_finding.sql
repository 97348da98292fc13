-- The findings of the submissions in the walk.
-- Grain: one row per finding of a submission.
-- is_current: the row that the finding is about is current; true where it is about no row.
select
    finding.site_id,
    finding.submission_id,
    finding.acceptance_number,
    finding.finding_id,
    finding.rule,
    finding.table_name,
    finding.source_file,
    finding.source_line,
    finding.column_name,
    finding.record_key,
    finding.record_key is null
        or exists (
            select 1
            from current_record as record
            where record.site_id = finding.site_id
                and record.table_name = finding.table_name
                and record.record_key = finding.record_key
                and record.acceptance_number = finding.acceptance_number
        ) as is_current
from walk_finding as finding
