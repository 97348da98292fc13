-- The site was confirmed for the study on the day.
-- Rule: D06
-- Severity: B
-- Row: procedure.enrolment_id
-- Clause: 1.1
-- Message: The site was not confirmed for the study on the day of the procedure.
-- Fix: Ask the registry team if the register is wrong about the site. If it is right,
--   leave it: the breach is counted, and the row is kept.
-- Source: HTG532 1.1
select
    procedure.row_id,
    exists (
        select 1
        from study_site
        where
            study_site.study_id = research_enrolment.study_id
            and study_site.site_ods_code = procedure.site_ods_code
            and study_site.site_confirmation_date <= procedure.procedure_date
            and procedure.procedure_date
            <= coalesce(study_site.closed, date '9999-12-31')
    ) as holds
from procedure
inner join research_enrolment using (enrolment_id)
inner join research_study using (study_id)
where procedure.procedure_date is not null and procedure.site_ods_code is not null
