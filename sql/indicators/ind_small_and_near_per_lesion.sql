-- Lesions under 3 cm next to a vessel or bile duct (3.5).
-- Grain: one row per (site_id, procedure_id, lesion_id)
-- Value: 1 under 30 mm and next to a vessel or bile duct, 0 not, null where size or
-- distance does not tell.
-- Eligible: every lesion of a counted procedure that is treated for the first time.
-- Source: HTG532 3.5; indicator C9 ("next to": policy.toml, near_mm).
select
    site_id,
    procedure_id,
    lesion_id,
    procedure_date,
    case
        when is_under_30_mm and is_near_vessel_or_duct then 1
        when not is_under_30_mm or not is_near_vessel_or_duct then 0
    end as value,
    case
        when not is_under_30_mm or not is_near_vessel_or_duct then null
        when is_under_30_mm is null then 'size not recorded'
        when is_near_vessel_or_duct is null
            then 'distance to vessel or bile duct not recorded'
    end as reason
from fct_lesion
where is_first_treatment
    and is_counted
