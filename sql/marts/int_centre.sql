-- Was the site designated as a specialist centre on the day (C3)?
-- Grain: one row per (site_id, procedure_id)
-- The register is the only source: designations are dated rows, many a site.
-- Source: HTG532 1.3; rule D09.
with fact as (
    select
        procedure.site_id,
        procedure.procedure_id,
        exists (
            select 1
            from stg_site as site
            where site.site_id = procedure.site_id
        ) as is_in_register,
        exists (
            select 1
            from stg_site_designation as designation
            where designation.site_id = procedure.site_id
                and designation.designation_start <= procedure.procedure_date
                and (
                    designation.designation_end is null
                    or designation.designation_end >= procedure.procedure_date
                )
        ) as is_designated
    from stg_procedure as procedure
)

select
    site_id,
    procedure_id,
    case
        when is_designated then 'met'
        when is_in_register then 'not met'
        else 'cannot tell'
    end as result,
    case
        when is_designated then null
        when is_in_register then 'no designation covers the day'
        else 'site not in the register'
    end as reason
from fact
