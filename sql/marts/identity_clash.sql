-- D14b: procedures that one patient is said to have had on one day at two sites.
-- Grain: one row per (site_id, procedure_id, other_site_id, other_procedure_id)
-- Each pair stands twice, once from either site. Patients are one across sites only where
-- the pseudonym was made from the NHS number. Shown to the registry team only: a site is
-- never told of another site's patient.
-- Source: rule D14b.
select
    procedure.site_id,
    procedure.procedure_id,
    procedure.procedure_date,
    other.site_id as other_site_id,
    other.procedure_id as other_procedure_id,
    procedure.submission_id,
    procedure.source_file,
    procedure.source_line
from stg_procedure as procedure
inner join stg_procedure as other
    on other.patient_key = procedure.patient_key
    and other.procedure_date = procedure.procedure_date
    and other.site_id != procedure.site_id
