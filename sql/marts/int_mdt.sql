-- Did a quorate specialist MDT choose IRE on or before the day (C2)?
-- Grain: one row per (site_id, procedure_id)
-- Quorate (proposed): hepatology, HPB surgery, a radiologist of either kind, oncology.
-- Source: HTG532 1.2; rules D02, T10, T11.
with fact as (
    select
        procedure.site_id,
        procedure.procedure_id,
        procedure.procedure_date,
        procedure.mdt_id,
        mdt.mdt_id is not null as is_mdt_sent,
        mdt.patient_key <> procedure.patient_key as is_of_another_patient,
        mdt.meeting_date,
        mdt.mdt_level,
        mdt.recommendation,
        mdt.attended_hepatology,
        mdt.attended_hpb_surgery,
        mdt.attended_ir or mdt.attended_diag_radiology as attended_radiology,
        mdt.attended_oncology
    from stg_procedure as procedure
    left join stg_mdt_review as mdt
        on mdt.site_id = procedure.site_id
        and mdt.mdt_id = procedure.mdt_id
),

judged as (
    select
        site_id,
        procedure_id,
        concat_ws(
            '; ',
            case when mdt_id is null then 'no MDT review linked' end,
            case when meeting_date > procedure_date then 'MDT after the procedure' end,
            case when mdt_level = 'LOCAL' then 'local MDT only' end,
            case when recommendation <> 'IRE' then 'the MDT did not recommend IRE' end,
            case when not attended_hepatology then 'not quorate: no hepatology' end,
            case when not attended_hpb_surgery then 'not quorate: no HPB surgery' end,
            case when not attended_radiology then 'not quorate: no radiology' end,
            case when not attended_oncology then 'not quorate: no oncology' end
        ) as failing,
        concat_ws(
            '; ',
            case
                when mdt_id is not null and not is_mdt_sent then 'MDT record not sent'
            end,
            case
                when is_of_another_patient then 'the MDT review is of another patient'
            end,
            case
                when is_mdt_sent and meeting_date is null
                    then 'date of the meeting not recorded'
            end,
            case
                when is_mdt_sent and mdt_level is null
                    then 'level of the MDT not recorded'
            end,
            case
                when is_mdt_sent and recommendation is null
                    then 'recommendation not recorded'
            end,
            case
                when is_mdt_sent
                    and (
                        attended_hepatology is null
                        or attended_hpb_surgery is null
                        or attended_radiology is null
                        or attended_oncology is null
                    )
                    then 'attendance not recorded'
            end
        ) as missing
    from fact
)

select
    site_id,
    procedure_id,
    tri_state(failing, missing) as result,
    nullif(case when failing <> '' then failing else missing end, '') as reason
from judged
