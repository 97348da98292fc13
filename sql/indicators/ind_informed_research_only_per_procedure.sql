-- Patient informed that the procedure is for research only (1.1).
-- Grain: one row per (site_id, procedure_id)
-- Value: 1 informed, 0 not, null where the MDT review is missing or does not say.
-- Eligible: every counted procedure since the guidance came into force.
-- Source: HTG532 1.1; the MDT review that the procedure names.
select
    procedure.site_id,
    procedure.procedure_id,
    procedure.procedure_date,
    cast(mdt.patient_informed_research_only as integer) as value,
    case
        when procedure.mdt_id is null then 'no MDT review linked'
        when mdt.mdt_id is null then 'MDT record not sent'
        when mdt.patient_informed_research_only is null
            then 'not recorded whether the patient was informed'
    end as reason
from fct_procedure as procedure
left join stg_mdt_review as mdt
    on mdt.site_id = procedure.site_id
    and mdt.mdt_id = procedure.mdt_id
    and mdt.patient_key = procedure.patient_key
where procedure.is_counted
    and procedure.is_under_guidance
