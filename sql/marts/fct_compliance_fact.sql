-- The dated facts behind each compliance verdict, as a person reads them.
-- Grain: one row per (site_id, procedure_id)
-- Only what is on record stands here: what is missing, the reason of the verdict says.
-- Source: HTG532 1.1 to 1.3, 2.4, 3.3, 3.6; the models int_research to int_anaesthesia.
with designation as (
    select
        site_id,
        string_agg(
            span_text(designation_start, designation_end), ' and '
            order by designation_start
        ) as spans
    from stg_site_designation
    group by all
),

sign_off as (
    select
        procedure.site_id,
        procedure.procedure_id,
        string_agg(
            span_text(training.training_date, training.expiry_date), ' and '
            order by training.training_date
        ) as spans
    from stg_procedure as procedure
    inner join stg_operator_training as training
        on training.site_id = procedure.site_id
        and training.operator_pseudo_id = procedure.primary_operator_pseudo_id
    where training.training_type = 'SIGN_OFF'
    group by all
),

proctored as (
    select distinct
        site_id,
        operator_pseudo_id,
        training_date
    from stg_operator_training
    where training_type = 'PROCTORED_CASE'
),

numbered as (
    select
        site_id,
        procedure_id,
        row_number() over (
            partition by site_id, primary_operator_pseudo_id
            order by procedure_date, procedure_id
        ) as operator_case_no
    from stg_procedure
    where primary_operator_pseudo_id is not null
),

pair as (
    select
        site_id,
        procedure_id,
        count(*) as pairs,
        sum(case when is_verified then 1 else 0 end) as verified,
        sum(case when ecg_sync then 1 else 0 end) as synchronised
    from fct_pulse
    group by all
)

select
    procedure.site_id,
    procedure.procedure_id,
    concat_ws(
        '; ',
        'study ' || study.study_id,
        'REC reference ' || study.rec_reference,
        'favourable opinion ' || day_text(study.rec_favourable_opinion_date),
        'study open ' || span_text(study.study_open, study.study_close),
        'site confirmed '
        || span_text(confirmed.site_confirmation_date, confirmed.closed),
        'consent ' || day_text(enrolment.consent_date),
        'consent to ' || replace(
            lower(replace(replace(enrolment.consent_scope, ';', ', '), '_', ' ')),
            'proms', 'questionnaires'
        )
    ) as research,
    concat_ws(
        '; ',
        'MDT on ' || day_text(mdt.meeting_date),
        case mdt.mdt_level
            when 'SPECIALIST_HPB' then 'specialist HPB MDT'
            when 'SUPRAREGIONAL_TRANSPLANT' then 'supraregional transplant MDT'
            when 'LOCAL' then 'local MDT'
        end,
        case
            when mdt.recommendation = 'IRE' then 'recommended IRE'
            when mdt.recommendation is not null then 'recommended another treatment'
        end,
        'attended: ' || nullif(
            concat_ws(
                ', ',
                case when mdt.attended_hepatology then 'hepatology' end,
                case when mdt.attended_hpb_surgery then 'HPB surgery' end,
                case
                    when mdt.attended_ir or mdt.attended_diag_radiology then 'radiology'
                end,
                case when mdt.attended_oncology then 'oncology' end
            ),
            ''
        ),
        case
            when mdt.patient_informed_research_only
                then 'patient informed that it is for research only'
            when not mdt.patient_informed_research_only
                then 'patient not informed that it is for research only'
        end
    ) as mdt,
    'designated ' || designation.spans as centre,
    concat_ws(
        '; ',
        'signed off ' || sign_off.spans,
        case when proctored.site_id is not null then 'proctored case on the day' end,
        case
            when procedure.supervised then 'supervised'
            when not procedure.supervised then 'not supervised'
        end,
        'case ' || numbered.operator_case_no || ' of the operator at this site'
    ) as operator,
    concat_ws(
        '; ',
        'approval ' || approval.approval_id,
        case
            when approval.decision = 'APPROVED_CONDITIONS' then 'approved with conditions'
            else lower(approval.decision)
        end,
        'valid ' || span_text(approval.valid_from, approval.valid_to)
    ) as governance,
    concat_ws(
        '; ',
        case
            when procedure.anaesthesia = 'GA' then 'general anaesthesia'
            when procedure.anaesthesia is not null then 'another anaesthesia'
        end,
        case
            when procedure.nmb_used then 'neuromuscular block'
            when not procedure.nmb_used then 'no neuromuscular block'
        end
    ) as anaesthesia,
    pair.verified || ' of ' || pair.pairs || ' pairs verified and parallel' as spacing,
    concat_ws(
        '; ',
        case
            when procedure.ecg_sync_used then 'synchronised with the ECG'
            when not procedure.ecg_sync_used then 'not synchronised with the ECG'
        end,
        pair.synchronised || ' of ' || pair.pairs || ' pairs synchronised'
    ) as ecg
from fct_procedure as placed
inner join stg_procedure as procedure using (site_id, procedure_id)
left join stg_research_enrolment as enrolment
    on enrolment.site_id = procedure.site_id
    and enrolment.enrolment_id = procedure.enrolment_id
left join stg_research_study as study
    on study.study_id = enrolment.study_id
left join stg_study_site as confirmed
    on confirmed.study_id = enrolment.study_id
    and confirmed.site_id = procedure.site_id
left join stg_mdt_review as mdt
    on mdt.site_id = procedure.site_id
    and mdt.mdt_id = procedure.mdt_id
left join stg_governance_approval as approval
    on approval.site_id = procedure.site_id
    and approval.approval_id = procedure.approval_id
left join designation
    on designation.site_id = procedure.site_id
left join sign_off
    on sign_off.site_id = procedure.site_id
    and sign_off.procedure_id = procedure.procedure_id
left join proctored
    on proctored.site_id = procedure.site_id
    and proctored.operator_pseudo_id = procedure.primary_operator_pseudo_id
    and proctored.training_date = procedure.procedure_date
left join numbered
    on numbered.site_id = procedure.site_id
    and numbered.procedure_id = procedure.procedure_id
left join pair
    on pair.site_id = procedure.site_id
    and pair.procedure_id = procedure.procedure_id
