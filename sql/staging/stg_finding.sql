-- The findings of the submissions in the walk.
-- Grain: one row per finding of a submission.
-- is_current: the row that the finding is about is current; true where it is about no row.
-- answer: what the site says of the query, where its answer to this very value stood at the
-- build; it takes the query out of the open ones up to the day answered_until.
select
    finding.site_id,
    finding.submission_id,
    finding.acceptance_number,
    finding.finding_id,
    finding.rule,
    rule.severity,
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
        ) as is_current,
    answer.answer,
    answer.answered_by,
    answer.answered_at,
    answer.answered_until
from walk_finding as finding
left join walk_rule as rule
    on rule.rule = finding.rule
left join walk_answer as answer
    on answer.site_id = finding.site_id
    and answer.finding_id = finding.finding_id
    and answer.value_digest = finding.value_digest
