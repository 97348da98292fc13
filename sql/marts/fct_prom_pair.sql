-- Questionnaires answered before and after the first IRE, side by side.
-- Grain: one row per (patient_key, instrument, visit)
-- Each scale stands as answered at the visit, and with _before at the baseline.
-- Source: HTG532 1.4, 3.2; indicators Q1 and Q2.
select
    first.site_id,
    first.procedure_id,
    first.patient_key,
    first.procedure_date,
    first.observed_days,
    after.instrument,
    after.visit,
    before.eq5d_value as eq5d_value_before,
    after.eq5d_value,
    before.eq5d_vas as eq5d_vas_before,
    after.eq5d_vas,
    before.c30_ql as c30_ql_before,
    after.c30_ql,
    before.c30_pf as c30_pf_before,
    after.c30_pf,
    before.c30_rf as c30_rf_before,
    after.c30_rf,
    before.c30_ef as c30_ef_before,
    after.c30_ef,
    before.c30_cf as c30_cf_before,
    after.c30_cf,
    before.c30_sf as c30_sf_before,
    after.c30_sf,
    before.c30_fa as c30_fa_before,
    after.c30_fa,
    before.c30_nv as c30_nv_before,
    after.c30_nv,
    before.c30_pa as c30_pa_before,
    after.c30_pa,
    before.c30_dy as c30_dy_before,
    after.c30_dy,
    before.c30_sl as c30_sl_before,
    after.c30_sl,
    before.c30_ap as c30_ap_before,
    after.c30_ap,
    before.c30_co as c30_co_before,
    after.c30_co,
    before.c30_di as c30_di_before,
    after.c30_di,
    before.c30_fi as c30_fi_before,
    after.c30_fi,
    before.hcc_fa as hcc_fa_before,
    after.hcc_fa,
    before.hcc_bi as hcc_bi_before,
    after.hcc_bi,
    before.hcc_ja as hcc_ja_before,
    after.hcc_ja,
    before.hcc_nu as hcc_nu_before,
    after.hcc_nu,
    before.hcc_pa as hcc_pa_before,
    after.hcc_pa,
    before.hcc_fe as hcc_fe_before,
    after.hcc_fe,
    before.hcc_as as hcc_as_before,
    after.hcc_as,
    before.hcc_si as hcc_si_before,
    after.hcc_si,
    before.fact_pwb as fact_pwb_before,
    after.fact_pwb,
    before.fact_swb as fact_swb_before,
    after.fact_swb,
    before.fact_ewb as fact_ewb_before,
    after.fact_ewb,
    before.fact_fwb as fact_fwb_before,
    after.fact_fwb,
    before.fact_hcs as fact_hcs_before,
    after.fact_hcs,
    before.fact_g as fact_g_before,
    after.fact_g,
    before.fact_toi as fact_toi_before,
    after.fact_toi,
    before.fact_hep as fact_hep_before,
    after.fact_hep
from fct_prom as after
inner join fct_prom as before
    on before.patient_key = after.patient_key
    and before.instrument = after.instrument
inner join fct_procedure as first
    on first.site_id = after.first_site_id
    and first.procedure_id = after.first_procedure_id
where first.is_counted
    and before.visit = 'BASELINE'
    and before.preference = 1
    and after.visit <> 'BASELINE'
    and after.preference = 1
