-- The study was registered publicly within 42 days of its first enrolment at the site.
-- Rule: D07
-- Severity: W
-- Row: research_enrolment.consent_date
-- Clause: 1.1
-- Across: patients
-- Message: The study was registered publicly more than 42 days after this first
--   enrolment.
-- Fix: Check the date of consent; the date of registration is in the register.
-- Source: Health Research Authority, research registration [S34]
select
    research_enrolment.row_id,
    -- 42 days: condition of the Health Research Authority [S34]
    research_study.public_registration_date - research_enrolment.consent_date <= 42
        as holds
from research_enrolment
inner join research_study using (study_id)
inner join (
    select
        study_id,
        min(consent_date) as consent_date
    from research_enrolment
    group by all
) as first_enrolment
    on
        research_enrolment.study_id = first_enrolment.study_id
        and research_enrolment.consent_date = first_enrolment.consent_date
