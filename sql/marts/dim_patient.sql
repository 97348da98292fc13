-- The patients of each site, with liver function worked out from its components.
-- Grain: one row per (site_id, patient_key)
-- ALBI: 0.66 log10(bilirubin in µmol/L) - 0.085 albumin in g/L; grade 1 up to -2.60,
-- 2 up to -1.39, else 3. Child-Pugh as rule T05 works it out: null where a component is
-- missing.
-- Source: HTG532 1.4; ALBI thresholds [M], to be verified; rules T05 and T06.
with measured as (
    select
        site_id,
        patient_key,
        child_pugh_score,
        child_pugh_class,
        -- outside the dictionary's hard range a value has another unit, or is no value
        case
            when bilirubin between 1 and 900 and albumin between 10 and 65
                then 0.66 * log10(bilirubin) - 0.085 * albumin
        end as albi_score,
        child_pugh_points(bilirubin, albumin, inr, ascites, encephalopathy_grade)
            as child_pugh_points
    from stg_patient
)

select
    site_id,
    patient_key,
    albi_score,
    case
        when albi_score <= -2.60 then 1
        when albi_score <= -1.39 then 2
        when albi_score > -1.39 then 3
    end as albi_grade,
    child_pugh_score,
    child_pugh_class,
    child_pugh_points,
    case
        when child_pugh_points <= 6 then 'A'
        when child_pugh_points <= 9 then 'B'
        when child_pugh_points >= 10 then 'C'
    end as child_pugh_class_recomputed
from measured
