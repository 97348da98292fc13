"""A made-up site's patients without a fault, each with one row of every table.

A patient, with the operator, approval and everything else, is a case of its own: what is
changed in one shows in no other.
"""

from __future__ import annotations

from datetime import date, timedelta

SITE = "ZZ101"
FIRST_DAY = date(2026, 3, 2)
Rows = dict[str, list[dict[str, str]]]


def case(number: int, first_day: date = FIRST_DAY) -> Rows:
    """One patient without a fault; numbers and days differ from case to case."""
    procedure = first_day + timedelta(days=number % 20)
    patient = f"{number:064X}"

    def day(days: int) -> str:
        return (procedure + timedelta(days=days)).isoformat()

    whose = {"patient_pseudo_id": patient}
    treated = {"procedure_id": f"P{number}", "lesion_id": f"L{number}"}
    rows = {
        "governance_approval": {
            "approval_id": f"A{number}",
            "site_ods_code": SITE,
            "committee_type": "NEW_PROCEDURES",
            "application_date": "2024-05-06",
            "decision_date": "2024-06-10",
            "decision": "APPROVED",
            "valid_from": "2024-06-11",
            "valid_to": "2027-06-10",
            "audit_review_date": "2026-11-20",
            "equality_impact_done": "Y",
            "environmental_assessment_done": "Y",
            "consent_material_approved": "Y",
        },
        "operator": {
            "operator_pseudo_id": f"O{number}",
            "site_ods_code": SITE,
            "specialty": "IR",
            "cct_or_equiv_date": "2012-08-14",
            "image_guided_liver_ablations_total_before_ire": "220",
            "ire_cases_before_registry_start": "12",
        },
        "operator_training": {
            "training_id": f"T{number}",
            "operator_pseudo_id": f"O{number}",
            "training_type": "SIGN_OFF",
            "training_date": "2024-09-17",
            "device_model": "Voltaris 6",
            "proctored_case_count": "5",
            "sign_off_by_role": "MEDICAL_DIRECTOR",
            "expiry_date": "2027-09-16",
        },
        "patient": whose
        | {
            "pseudo_basis": "NHS_NUMBER",
            "nhs_number_status": "01",
            "birth_year_month": "1957-08",
            "phenotypic_sex": "1",
            "ethnic_category": "A",
            "imd_decile": "4",
            "imd_version": "2019",
            "lsoa_code": "E01000001",
            "interpreter_needed": "N",
            "learning_disability": "N",
            "disability_flag": "N",
            "icd10_primary": "C22.0",
            "tumour_type": "HCC",
            "snomed_diagnosis": "109841003",
            "diagnosis_date": day(-45),
            "diagnosis_basis": "HISTOLOGY",
            "cirrhosis_aetiology": "ALCOHOL;HCV",
            "bclc_stage": "A",
            "ecog_ps": str(number % 2),
            "bilirubin": "17",
            "albumin": "38",
            "inr": "1.1",
            "ascites": "NONE",
            "encephalopathy_grade": "0",
            "child_pugh_score": "5",
            "child_pugh_class": "A",
            "afp": "44",
            "platelets": "160",
            "anticoag_antiplatelet": "NONE",
            "cardiac_device": "NONE",
            "arrhythmia_history": "NONE",
            "heart_failure": "N",
            "recent_mi_12m": "N",
            "epilepsy": "N",
            "metal_stent_in_field": "N",
            "bilioenteric_anastomosis_or_stent": "N",
            "asa_grade": "2",
            "opt_out_status": "N",
        },
        "research_enrolment": whose
        | {
            "enrolment_id": f"E{number}",
            "study_id": "STUDY-01",
            "site_ods_code": SITE,
            "consent_date": day(-14),
            "consent_version": "2.1",
            "consent_scope": "TREATMENT;DATA_REGISTRY",
        },
        "mdt_review": whose
        | {
            "mdt_id": f"M{number}",
            "mdt_site_ods": SITE,
            "meeting_date": day(-20),
            "mdt_level": "SPECIALIST_HPB",
            "attended_hepatology": "Y",
            "attended_hpb_surgery": "Y",
            "attended_ir": "Y",
            "attended_diag_radiology": "Y",
            "attended_oncology": "Y",
            "attended_pathology": "N",
            "attended_cns": "Y",
            "recommendation": "IRE",
            "alternatives_considered": "MWA;RESECTION",
            "thermal_unsuitable_reason": "NEAR_BILE_DUCT",
            "treatment_intent": "CURATIVE",
            "patient_informed_research_only": "Y",
        },
        "procedure": whose
        | {
            "procedure_id": f"P{number}",
            "site_ods_code": SITE,
            "mdt_id": f"M{number}",
            "enrolment_id": f"E{number}",
            "approval_id": f"A{number}",
            "procedure_date": day(0),
            "primary_operator_pseudo_id": f"O{number}",
            "second_operator_pseudo_id": f"O{number}",
            "supervised": "N",
            "admission_date": day(0),
            "discharge_date": day(2),
            "approach": "PERCUTANEOUS",
            "opcs4": "J12.8;Y12.3;Y53.2",
            "guidance": "CT;US",
            "anaesthesia": "GA",
            "nmb_used": "Y",
            "nmb_agent": "ROCURONIUM",
            "tof_count_at_first_pulse": "0",
            "ecg_sync_used": "Y",
            "defib_pads_applied": "Y",
            "max_sbp": "150",
            "total_procedure_minutes": "125",
            "n_lesions_treated": "1",
            "completion_imaging": "CECT",
            "technical_success": "Y",
            "no_complication_confirmed": "N",
            "unplanned_icu": "N",
            "single_use_items_count": "21",
            "volatile_agent": "TIVA",
            "volatile_mac_hours": "0",
            "patient_travel_km": "31.5",
            "comment": "without event",
        },
        "lesion": whose
        | {
            "lesion_id": f"L{number}",
            "lesion_no": "1",
            "segment": "4a;8",
            "max_diameter_mm": str(18 + number % 7 * 0.7)[:4],
            "baseline_imaging_date": day(-10),
            "dist_vessel_mm": "12",
            "nearest_vessel": "HEPATIC_V",
            "dist_bile_duct_mm": "4",
            "nearest_duct": "CHD",
            "dist_other_mm": "30",
            "other_structure": "KIDNEY",
            "lirads_category": "LR-5",
            "prior_local_treatment": "NONE",
        },
        "lesion_treatment": treated
        | {
            "planned_margin_mm": "5",
            "achieved_min_margin_mm": "6",
            "n_electrodes": "2",
            "n_positions": "1",
            "ablation_zone_max_mm": "38",
            "complete_coverage_immediate": "Y",
        },
        "pulse_delivery": treated
        | {
            "delivery_id": f"D{number}",
            "position_no": "1",
            "electrode_a": "1",
            "electrode_b": "2",
            "active_tip_mm": str(15 + number % 2),
            "spacing_mm": f"{16.1 + number % 6 * 0.3:.1f}",
            "spacing_verified_imaging": "CT",
            "angle_deg": "3.1",
            "tip_depth_offset_mm": "1.2",
            "parallel_confirmed": "Y",
            "voltage_v": str(2400 + number % 5 * 20),
            "pulses_planned": str(80 + number % 3),
            "pulses_delivered": str(80 + number % 3),
            "pulse_length_us": str(90 + number % 2),
            "current_start_a": "26",
            "current_end_a": "35",
            "current_max_a": "37",
            "ecg_sync": "Y",
            "aborted_pulses": "0",
        },
        "complication": whose
        | {
            "complication_id": f"C{number}",
            "procedure_id": f"P{number}",
            "onset_date": day(1),
            "recorded_date": day(2),
            "resolved_date": day(3),
            "nice_category": "OTHER",
            "subtype": "PAIN",
            "clavien_dindo": "I",
            "cirse_version": "2017",
            "cirse_grade": "1",
            "sir_version": "2003",
            "sir_grade": "A",
            "ctcae_version": "5.0",
            "ctcae_grade": "1",
            "relatedness": "PROBABLE",
            "device_related_suspected": "N",
            "intervention": "DRUG",
            "comment": "settled",
        },
        "followup_imaging": whose
        | {
            "imaging_id": f"I{number}",
            "imaging_date": day(30),
            "modality": "MRI",
            "nominal_visit": "M1",
            "criteria": "mRECIST",
            "overall_response": "SD",
            "sum_viable_mm": "14",
            "sum_baseline_mm": "18",
            "new_lesion": "NONE",
        },
        "lesion_response": {
            "imaging_id": f"I{number}",
            "lesion_id": f"L{number}",
            "viable_diameter_mm": "14",
            "lirads_tr": "VIABLE",
            "technique_efficacy": "N",
            "local_tumour_progression": "N",
        },
        "subsequent_treatment": whose
        | {
            "treatment_date": day(50),
            "treatment_type": "SYSTEMIC",
            "lesion_id": f"L{number}",
            "reason": "RESIDUAL",
        },
        "vital_status": whose
        | {
            "status": "ALIVE",
            "status_date": "2026-07-06",
            "source": "CLINIC",
        },
        "prom": whose
        | {
            "procedure_id": f"P{number}",
            "instrument": "EQ-5D-5L",
            "completed_date": day(-5),
            "timepoint": "BASELINE",
            "mode": "SELF",
            "language": "en",
            "item_01": "1",
            "item_02": "2",
            "item_03": "1",
            "item_04": "2",
            "item_05": "3",
            "vas": "77",
        },
    }
    return {name: [dict(row)] for name, row in rows.items()}


def case_of_two_lesions(number: int) -> Rows:
    """A patient with a second lesion, by which no count of the site is the same throughout."""
    rows = case(number)
    rows["procedure"][0]["n_lesions_treated"] = "2"
    second = f"L{number}b"
    rows["lesion"].append(rows["lesion"][0] | {"lesion_id": second, "lesion_no": "2"})
    placed = rows["lesion_treatment"][0] | {"lesion_id": second, "n_positions": "2"}
    rows["lesion_treatment"].append(placed | {"n_electrodes": "3"})
    for nth, (position, a, b) in enumerate([(1, 1, 2), (1, 1, 3), (2, 2, 3)]):
        pair = {"position_no": str(position), "electrode_a": str(a), "electrode_b": str(b)}
        place = {"lesion_id": second, "delivery_id": f"D{number}b{nth}"}
        rows["pulse_delivery"].append(rows["pulse_delivery"][0] | place | pair)
    return rows
