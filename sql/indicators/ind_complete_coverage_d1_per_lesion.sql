-- Immediate complete coverage of the lesion.
-- Grain: one row per (site_id, procedure_id, lesion_id)
-- Value: 1 covered completely right after the first session, 0 not, null where not known.
-- Eligible: every lesion treated for the first time, at least 1 day before the site's
-- complete-to date.
-- Source: HTG532 2.5, 3.2; indicator E3.
select
    lesion.site_id,
    lesion.procedure_id,
    lesion.lesion_id,
    lesion.procedure_date,
    case
        when lesion.complete_coverage_immediate = 'Y' then 1
        when lesion.complete_coverage_immediate = 'N' then 0
    end as value,
    case
        when lesion.complete_coverage_immediate in ('Y', 'N') then null
        else 'coverage not known'
    end as reason
from fct_lesion as lesion
inner join fct_procedure as procedure using (site_id, procedure_id)
where lesion.is_first_treatment
    and procedure.is_mature_1d
