-- The study had a favourable ethical opinion and was open on the day.
-- Rule: D05
-- Severity: B
-- Row: procedure.enrolment_id
-- Clause: 1.1
-- Message: The study had no favourable opinion of a research ethics committee on the
--   day, or was not open.
-- Fix: Ask the registry team if the register is wrong about the study. If it is right,
--   leave it: the breach is counted, and the row is kept.
-- Source: HTG532 1.1
select
    procedure.row_id,
    (
        research_study.rec_favourable_opinion_date is not null
        and research_study.rec_favourable_opinion_date <= procedure.procedure_date
        and research_study.study_open <= procedure.procedure_date
        and procedure.procedure_date
        <= coalesce(research_study.study_close, date '9999-12-31')
    ) as holds
from procedure
inner join research_enrolment using (enrolment_id)
inner join research_study using (study_id)
