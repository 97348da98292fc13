-- The accepted exclusions of the submissions in the walk, and those of harm before it.
-- Grain: one row per row left out, or value left empty, in a submission.
-- is_current: a row left out stays so until its record is sent again or removed; a value
-- left empty, as long as its row is current. A full export ends what it does not repeat,
-- save a complication, a death, or a procedure that has either: not to send it again
-- does not undo it.
select
    exclusion.site_id,
    submission_id,
    exclusion.acceptance_number,
    exclusion.rule,
    exclusion.table_name,
    exclusion.record_key,
    exclusion.column_name,
    exclusion.is_protected,
    exclusion.source_line,
    exclusion.procedure_id,
    exclusion.patient_key,
    exclusion.event_date,
    exclusion.accepted_by,
    exclusion.agreed_by,
    case
        when exclusion.record_key is null then submission.is_live
        when exclusion.column_name is null
            then (submission.is_live or exclusion.is_protected)
            and not exists (
                select 1
                from current_record as record
                where record.site_id = exclusion.site_id
                    and record.table_name = exclusion.table_name
                    and record.record_key = exclusion.record_key
                    and record.acceptance_number > exclusion.acceptance_number
            )
            and not exists (
                select 1
                from walk_removed as removal
                where removal.site_id = exclusion.site_id
                    and removal.table_name = exclusion.table_name
                    and removal.record_key = exclusion.record_key
                    and removal.acceptance_number > exclusion.acceptance_number
            )
        else exists (
            select 1
            from current_record as record
            where record.site_id = exclusion.site_id
                and record.table_name = exclusion.table_name
                and record.record_key = exclusion.record_key
                and record.acceptance_number = exclusion.acceptance_number
        )
    end as is_current
from walk_exclusion as exclusion
inner join walk_submission as submission using (submission_id)
