-- Did a quorate specialist MDT choose IRE on or before the day (C2)?
-- Grain: one row per (site_id, procedure_id)
-- Quorate: everybody whom the policy of the day names (policy.toml, quorum); a radiologist
-- is one of either kind.
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
        -- one whom the policy does not name counts as there
        not regexp_matches(policy.quorum, '(^|;)hepatology(;|$)')
        or mdt.attended_hepatology as has_hepatology,
        not regexp_matches(policy.quorum, '(^|;)hpb_surgery(;|$)')
        or mdt.attended_hpb_surgery as has_hpb_surgery,
        not regexp_matches(policy.quorum, '(^|;)radiology(;|$)')
        or mdt.attended_ir
        or mdt.attended_diag_radiology as has_radiology,
        not regexp_matches(policy.quorum, '(^|;)oncology(;|$)')
        or mdt.attended_oncology as has_oncology,
        not regexp_matches(policy.quorum, '(^|;)pathology(;|$)')
        or mdt.attended_pathology as has_pathology,
        not regexp_matches(policy.quorum, '(^|;)cns(;|$)')
        or mdt.attended_cns as has_cns,
        coalesce(
            mdt.attended_hepatology,
            mdt.attended_hpb_surgery,
            mdt.attended_ir,
            mdt.attended_diag_radiology,
            mdt.attended_oncology,
            mdt.attended_pathology,
            mdt.attended_cns
        ) is not null as is_any_attendance_recorded
    from stg_procedure as procedure
    left join local_policy as policy
        on policy.since <= procedure.procedure_date
        and (policy.until is null or policy.until >= procedure.procedure_date)
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
            case when not has_hepatology then 'not quorate: no hepatology' end,
            case when not has_hpb_surgery then 'not quorate: no HPB surgery' end,
            case when not has_radiology then 'not quorate: no radiology' end,
            case when not has_oncology then 'not quorate: no oncology' end,
            case when not has_pathology then 'not quorate: no pathology' end,
            case when not has_cns then 'not quorate: no clinical nurse specialist' end
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
                        has_hepatology is null
                        or has_hpb_surgery is null
                        or has_radiology is null
                        or has_oncology is null
                        or has_pathology is null
                        or has_cns is null
                    )
                    then
                        case
                            when is_any_attendance_recorded
                                then 'attendance recorded in part'
                            else 'attendance not recorded'
                        end
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
