-- Was the procedure done in research approved, open and consented to on the day (C1)?
-- Grain: one row per (site_id, procedure_id)
-- Registry entry alone is not ethical approval: the study needs its own.
-- Source: HTG532 1.1; rules D04 to D06.
with fact as (
    select
        procedure.site_id,
        procedure.procedure_id,
        procedure.procedure_date,
        procedure.enrolment_id,
        enrolment.enrolment_id is not null as is_enrolment_sent,
        enrolment.patient_key <> procedure.patient_key as is_of_another_patient,
        enrolment.study_id,
        enrolment.consent_date,
        enrolment.consent_scope,
        enrolment.withdrawal_date,
        study.study_id is not null as is_study_known,
        coalesce(
            regexp_matches(study.rec_reference, '^[0-9]{2}/[A-Z]{2,3}/[0-9]{4}$'), false
        ) as has_rec_reference,
        study.rec_favourable_opinion_date,
        study.study_open,
        study.study_close,
        exists (
            select 1
            from stg_study_site as confirmed
            where confirmed.study_id = enrolment.study_id
                and confirmed.site_id = procedure.site_id
                and confirmed.site_confirmation_date <= procedure.procedure_date
                and (
                    confirmed.closed is null
                    or confirmed.closed >= procedure.procedure_date
                )
        ) as is_site_open
    from stg_procedure as procedure
    left join stg_research_enrolment as enrolment
        on enrolment.site_id = procedure.site_id
        and enrolment.enrolment_id = procedure.enrolment_id
    left join stg_research_study as study
        on study.study_id = enrolment.study_id
),

judged as (
    select
        site_id,
        procedure_id,
        regexp_matches(consent_scope, '(^|;)DATA_REGISTRY(;|$)') as has_registry_consent,
        regexp_matches(consent_scope, '(^|;)PROMS(;|$)') as has_prom_consent,
        withdrawal_date,
        concat_ws(
            '; ',
            case when enrolment_id is null then 'no enrolment in research' end,
            case
                when is_study_known and not has_rec_reference
                    then 'the study has no valid REC reference'
            end,
            case
                when is_study_known and rec_favourable_opinion_date is null
                    then 'the register holds no favourable REC opinion'
                when rec_favourable_opinion_date > procedure_date
                    then 'favourable REC opinion after the procedure'
            end,
            case
                when study_open > procedure_date then 'study not yet open on the day'
                when study_close < procedure_date then 'study closed on the day'
            end,
            case
                when is_study_known and not is_site_open
                    then 'site not confirmed for the study on the day'
            end,
            case when consent_date > procedure_date then 'consent after the procedure' end,
            case
                when not regexp_matches(consent_scope, '(^|;)TREATMENT(;|$)')
                    then 'consent does not cover the treatment'
            end
        ) as failing,
        concat_ws(
            '; ',
            case
                when enrolment_id is not null and not is_enrolment_sent
                    then 'enrolment record not sent'
            end,
            case
                when is_of_another_patient then 'the enrolment is of another patient'
            end,
            case when is_enrolment_sent and study_id is null then 'study not recorded' end,
            case
                when study_id is not null and not is_study_known
                    then 'study not in the register'
            end,
            case
                when is_study_known and study_open is null
                    then 'opening of the study not recorded'
            end,
            case
                when is_enrolment_sent and consent_date is null
                    then 'date of consent not recorded'
            end,
            case
                when is_enrolment_sent and consent_scope is null
                    then 'scope of consent not recorded'
            end
        ) as missing
    from fact
)

select
    site_id,
    procedure_id,
    tri_state(failing, missing) as result,
    nullif(case when failing <> '' then failing else missing end, '') as reason,
    has_registry_consent,
    has_prom_consent,
    withdrawal_date
from judged
