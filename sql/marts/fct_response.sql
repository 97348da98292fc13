-- What each scan says of each lesion that it assessed.
-- Grain: one row per (site_id, imaging_id, lesion_id)
-- is_controlled: no viable tumour in or at the ablation zone; null where not known.
-- Source: HTG532 1.4, 3.2; indicators E4 and E8.
select
    response.site_id,
    response.imaging_id,
    response.lesion_id,
    scan.patient_key,
    scan.imaging_date,
    response.viable_diameter_mm,
    response.lirads_tr,
    response.technique_efficacy,
    response.local_tumour_progression,
    case
        when response.local_tumour_progression = 'Y' or response.technique_efficacy = 'N'
            then false
        when response.local_tumour_progression = 'N' or response.technique_efficacy = 'Y'
            then true
    end as is_controlled
from stg_lesion_response as response
inner join stg_followup_imaging as scan using (site_id, imaging_id)
where not exists (
    select 1
    from unplaced
    where unplaced.site_id = response.site_id
        and unplaced.table_name = 'lesion_response'
        and unplaced.record_key = response.record_key
)
