-- The procedures of placed patients, with what every indicator needs of them.
-- Grain: one row per (site_id, procedure_id)
-- A patient is one person at every site (patient_key); is_first_procedure is the first
-- IRE anywhere. A row is counted up to its site's complete-to date, and observed_days is
-- the follow-up that the site has completed, whatever today is.
-- *_result is 'met', 'not met' or 'cannot tell'; *_reason says why in plain words.
-- Source: the dictionary; indicators S1 to S7, C1 to C6, E6 (indicators.toml).
with placed as (
    select
        procedure.*,
        patient.tumour_type,
        patient.birth_year_month,
        patient.pseudo_basis,
        patient.phenotypic_sex,
        patient.ethnic_category,
        patient.imd_decile,
        patient.child_pugh_class,
        patient.asa_grade,
        patient.bilioenteric_anastomosis_or_stent,
        site.complete_to,
        site.trust_id,
        date_diff('day', procedure.procedure_date, site.complete_to) as observed_days
    from stg_procedure as procedure
    inner join stg_patient as patient using (site_id, patient_key)
    inner join dim_site as site using (site_id)
),

ordered as (
    select
        site_id,
        procedure_id,
        row_number() over (
            partition by patient_key
            order by procedure_date, site_id, procedure_id
        ) as patient_procedure_no,
        min(procedure_date) over (partition by patient_key) as first_procedure_date,
        row_number() over (
            partition by site_id, patient_key
            order by procedure_date, procedure_id
        ) as site_patient_procedure_no
    from placed
),

complication as (
    select
        site_id,
        procedure_id,
        count(*) as complications
    from stg_complication
    group by all
),

exclusion as (
    select
        site_id,
        procedure_id,
        count(*) as excluded_records,
        sum(case when is_protected then 1 else 0 end) as excluded_protected,
        sum(case when table_name = 'complication' and column_name is null then 1 else 0 end)
            as excluded_complications
    from stg_exclusion
    where is_current
        and procedure_id is not null
    group by all
),

-- a complication left out that names no procedure of its site may be of any of the
-- patient's; a status left out may be a death, whatever other rows say of the patient
harm as (
    select
        exclusion.patient_key,
        sum(
            case
                when exclusion.table_name = 'complication' and named.procedure_id is null
                    then 1
                else 0
            end
        ) as excluded_complications,
        sum(
            case
                when exclusion.table_name = 'vital_status' and exclusion.is_protected then 1
                else 0
            end
        ) as excluded_statuses
    from stg_exclusion as exclusion
    left join stg_procedure as named using (site_id, procedure_id)
    where exclusion.is_current
        and exclusion.column_name is null
        and exclusion.patient_key is not null
    group by all
)

select
    placed.site_id,
    placed.trust_id,
    placed.procedure_id,
    placed.patient_key,
    placed.procedure_date,
    quarter_start(placed.procedure_date) as quarter_start,
    quarter_label(placed.procedure_date) as quarter,
    financial_year(placed.procedure_date) as financial_year,
    placed.complete_to,
    placed.observed_days,
    coalesce(placed.observed_days >= 0, false) as is_counted,
    coalesce(placed.observed_days >= 1, false) as is_mature_1d,
    coalesce(placed.observed_days >= 30, false) as is_mature_30d,
    coalesce(placed.observed_days >= 60, false) as is_mature_60d,
    coalesce(placed.observed_days >= 90, false) as is_mature_90d,
    coalesce(placed.observed_days >= 730, false) as is_mature_24m,
    ordered.patient_procedure_no,
    ordered.patient_procedure_no = 1 as is_first_procedure,
    ordered.site_patient_procedure_no,
    ordered.first_procedure_date,
    placed.pseudo_basis,
    placed.tumour_type,
    placed.approach,
    age_years(placed.birth_year_month, placed.procedure_date) as age_years,
    placed.phenotypic_sex,
    placed.ethnic_category,
    placed.imd_decile,
    case
        when age_years(placed.birth_year_month, placed.procedure_date) < 55 then 'under 55'
        when age_years(placed.birth_year_month, placed.procedure_date) < 65 then '55 to 64'
        when age_years(placed.birth_year_month, placed.procedure_date) < 75 then '65 to 74'
        when age_years(placed.birth_year_month, placed.procedure_date) >= 75
            then '75 and over'
    end as age_band,
    case placed.phenotypic_sex
        when '1' then 'male'
        when '2' then 'female'
        when '9' then 'indeterminate'
    end as sex,
    -- the five groups of the 2001 census, which the codes follow; Z and 99 are not known
    case
        when placed.ethnic_category in ('A', 'B', 'C') then 'White'
        when placed.ethnic_category in ('D', 'E', 'F', 'G') then 'Mixed'
        when placed.ethnic_category in ('H', 'J', 'K', 'L') then 'Asian'
        when placed.ethnic_category in ('M', 'N', 'P') then 'Black'
        when placed.ethnic_category in ('R', 'S') then 'Chinese or other'
    end as ethnic_group,
    -- 1 the most deprived fifth of areas: deciles 1 and 2
    cast(ceil(placed.imd_decile / 2.0) as integer) as imd_quintile,
    placed.child_pugh_class,
    placed.asa_grade,
    placed.bilioenteric_anastomosis_or_stent,
    placed.primary_operator_pseudo_id,
    placed.second_operator_pseudo_id,
    placed.supervised,
    placed.mdt_id,
    placed.enrolment_id,
    placed.approval_id,
    placed.anaesthesia,
    placed.nmb_used,
    placed.ecg_sync_used,
    placed.n_lesions_treated,
    placed.completion_imaging,
    placed.technical_success,
    placed.abort_reason,
    placed.unplanned_icu,
    placed.admission_date,
    placed.discharge_date,
    placed.readmission_30d_date,
    placed.guidance,
    placed.single_use_items_count,
    placed.volatile_agent,
    placed.patient_travel_km,
    placed.no_complication_confirmed,
    cast(coalesce(complication.complications, 0) as integer) as complications,
    -- silence is not "none": either a complication is on record, or the site has
    -- confirmed that there was none; and none was left out by an accepted exclusion
    coalesce(exclusion.excluded_complications, 0) = 0
        and coalesce(harm.excluded_complications, 0) = 0
        and (
            coalesce(placed.no_complication_confirmed, false)
            or coalesce(complication.complications, 0) > 0
        ) as is_complication_known,
    case
        when exclusion.excluded_complications > 0 or harm.excluded_complications > 0
            then 'a complication was left out by an accepted exclusion'
        when coalesce(placed.no_complication_confirmed, false)
            or complication.complications > 0
            then null
        else 'no complication recorded and none confirmed'
    end as complication_unknown_reason,
    vital.vital_status,
    vital.death_date,
    vital.dead_by_date,
    vital.alive_to_date,
    date_diff('day', placed.procedure_date, vital.death_date) as survival_days,
    date_diff(
        'day', placed.procedure_date, coalesce(vital.death_date, vital.dead_by_date)
    ) as death_known_days, -- the day of death or, where not sent, the day it was known
    -- alive or dead on that day is on record: dead with a date, dead by that day, or
    -- known alive on it; where a status was left out, only a death is
    coalesce(
        date_diff('day', placed.procedure_date, vital.death_date) <= 30
        or date_diff('day', placed.procedure_date, vital.dead_by_date) <= 30
        or coalesce(harm.excluded_statuses, 0) = 0
        and (
            vital.death_date is not null
            or date_diff('day', placed.procedure_date, vital.alive_to_date) >= 30
        ),
        false
    ) as is_vital_status_known_30d,
    coalesce(
        date_diff('day', placed.procedure_date, vital.death_date) <= 90
        or date_diff('day', placed.procedure_date, vital.dead_by_date) <= 90
        or coalesce(harm.excluded_statuses, 0) = 0
        and (
            vital.death_date is not null
            or date_diff('day', placed.procedure_date, vital.alive_to_date) >= 90
        ),
        false
    ) as is_vital_status_known_90d,
    research.result as research_result,
    research.reason as research_reason,
    -- without it the row is counted, but shown at no place beyond its site
    research.has_registry_consent,
    research.has_prom_consent,
    research.withdrawal_date,
    mdt.result as mdt_result,
    mdt.reason as mdt_reason,
    centre.result as centre_result,
    centre.reason as centre_reason,
    operator.result as operator_result,
    operator.reason as operator_reason,
    governance.result as governance_result,
    governance.reason as governance_reason,
    anaesthesia.result as anaesthesia_result,
    anaesthesia.reason as anaesthesia_reason,
    bundle.result as bundle_result,
    bundle.reason as bundle_reason,
    -- the publication in force on the day; before the first there is nothing to comply with
    publication.number as nice_guidance,
    publication.number is not null as is_under_guidance,
    cast(coalesce(exclusion.excluded_records, 0) as integer) as excluded_records,
    cast(coalesce(exclusion.excluded_protected, 0) as integer) as excluded_protected,
    cast(coalesce(exclusion.excluded_complications, 0) as integer)
        as excluded_complications,
    placed.submission_id,
    placed.source_file,
    placed.source_line,
    placed.record_key
from placed
inner join ordered using (site_id, procedure_id)
left join nice_guidance as publication
    on publication.since <= placed.procedure_date
    and (publication.until is null or publication.until >= placed.procedure_date)
left join int_vital as vital using (patient_key)
left join int_research as research using (site_id, procedure_id)
left join int_mdt as mdt using (site_id, procedure_id)
left join int_centre as centre using (site_id, procedure_id)
left join int_operator as operator using (site_id, procedure_id)
left join int_governance as governance using (site_id, procedure_id)
left join int_anaesthesia as anaesthesia using (site_id, procedure_id)
left join int_bundle as bundle using (site_id, procedure_id)
left join complication using (site_id, procedure_id)
left join exclusion using (site_id, procedure_id)
left join harm using (patient_key)
