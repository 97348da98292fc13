-- The site was designated as a specialist centre on the day.
-- Rule: D09
-- Severity: B
-- Row: procedure.procedure_date
-- Clause: 1.3
-- Message: No designation of the site as a specialist centre covers the day of the
--   procedure.
-- Fix: Ask the registry team if the register is wrong. If it is right, leave it: the
--   breach is counted, and the row is kept.
-- Source: HTG532 1.3
select
    procedure.row_id,
    exists (
        select 1
        from site_designation
        where
            site_designation.site_ods_code = procedure.site_ods_code
            and site_designation.designation_start <= procedure.procedure_date
            and procedure.procedure_date
            <= coalesce(site_designation.designation_end, date '9999-12-31')
    ) as holds
from procedure
where procedure.procedure_date is not null and procedure.site_ods_code is not null
