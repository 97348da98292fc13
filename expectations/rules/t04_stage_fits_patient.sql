-- The BCLC stage fits the lesions, the performance status and the Child-Pugh class.
-- 0: single, at most 20 mm, PS 0, Child-Pugh A. A: single, or at most three, none over
-- 30 mm. D: Child-Pugh C or PS 3 or more, and only then. Lesions first imaged after the
-- first procedure came after the staging and are left aside.
-- Rule: T04
-- Severity: W
-- Row: patient.bclc_stage
-- Clause: 1.4
-- Message: The BCLC stage does not fit the lesions, the performance status or the
--   Child-Pugh class.
-- Fix: Check the stage against what was known when the patient was selected.
-- Source: BCLC staging [S55]
with first_procedure as (
    select
        patient_key,
        min(procedure_date) as procedure_date
    from procedure
    group by all
),

staged as (
    select
        lesion.patient_key,
        count(*) as lesions,
        case
            when count(lesion.max_diameter_mm) = count(*)
                then max(lesion.max_diameter_mm)
        end as largest_mm
    from lesion
    left join first_procedure using (patient_key)
    where
        coalesce(lesion.baseline_imaging_date <= first_procedure.procedure_date, true)
    group by all
)

select
    patient.row_id,
    case patient.bclc_stage
        when '0'
            then
                staged.lesions = 1
                and staged.largest_mm <= 20
                and patient.ecog_ps = 0
                and patient.child_pugh_class = 'A'
        when 'A'
            then
                (
                    staged.lesions = 1
                    or (staged.lesions <= 3 and staged.largest_mm <= 30)
                )
                and patient.child_pugh_class != 'C'
                and patient.ecog_ps < 3
        when 'D' then patient.child_pugh_class = 'C' or patient.ecog_ps >= 3
        else
            case
                when patient.bclc_stage is not null
                    then patient.child_pugh_class != 'C' and patient.ecog_ps < 3
                -- a stage is for hepatocellular and mixed tumours only: T03a
                when patient.tumour_type not in ('HCC', 'MIXED') then true
            end
    end as holds
from patient
left join staged using (patient_key)
