-- A patient treated in England has a deprivation decile.
-- A patient who lives in Wales is treated in England too: the decile is that of another
-- index, and is not asked for.
-- Rule: T17
-- Severity: W
-- Row: patient.imd_decile
-- Code: REQUIRED
-- Clause: YR-EQ
-- Message: The patient was treated in England, and no deprivation decile is given.
-- Fix: Send the decile of the patient's small area of residence and the edition of the
--   index.
-- Source: IRE-REG 1.0, patient: required in England [P]
select
    patient.row_id,
    case
        when patient.imd_decile is not null or starts_with(patient.lsoa_code, 'W') then true
        when bool_or(site.nation = 'E') then false
        when bool_and(site.nation != 'E') then true
    end as holds
from patient
left join procedure using (patient_key)
left join site on procedure.site_ods_code = site.site_ods_code
group by patient.row_id, patient.imd_decile, patient.lsoa_code
