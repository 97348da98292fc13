-- Age, sex, ethnic group and deprivation recorded.
-- Grain: one row per (patient_key)
-- Value: 1 all four are known, 0 one is not.
-- Eligible: every patient, at the site of the first IRE.
-- Source: HTG532, your responsibility (equality); indicator Eq1.
select
    site_id,
    procedure_id,
    patient_key,
    procedure_date,
    case
        when age_band is not null
            and sex is not null
            and ethnic_group is not null
            and imd_quintile is not null
            then 1
        else 0
    end as value,
    nullif(
        concat_ws(
            '; ',
            case when age_band is null then 'age not known' end,
            case when sex is null then 'sex not known' end,
            case when ethnic_group is null then 'ethnic group not known' end,
            case when imd_quintile is null then 'deprivation not known' end
        ),
        ''
    ) as reason
from fct_procedure
where is_first_procedure
    and is_counted
