"""One fault for each rule that looks at more than one cell, and for the keys and links."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from tests.ingest.clean_case import Rows
from tests.ingest.faults import Fault


def cross_faults() -> Iterator[Fault]:
    """Every rule of an SQL file, K04a, K05a and K05b, violated in one case."""
    for rule, cells in CELLS.items():
        yield Fault(rule, cells, COMES_WITH.get(rule, ""))
    yield from OTHERS


def _died(day: str) -> dict[str, str]:
    return {
        "vital_status.status": "DEAD",
        "vital_status.status_date": day,
        "vital_status.death_date": day,
        "vital_status.cause_category": "OTHER",
    }


_TREATED = {"complication.intervention": "SURGERY"}
_TOLD = {"complication.duty_of_candour_date": "@5"}
_REPORTED = {"complication.lfpse_ref": "LFPSE-1"}
_CARD = {"complication.yellow_card_ref": "YC-1", "complication.yellow_card_date": "@5"}

CELLS: Mapping[str, Mapping[str, str]] = {
    "D01a": {"patient.birth_year_month": "2026-06"},
    "D01b": {"patient.diagnosis_date": "@1"},
    "D01c": {"procedure.admission_date": "@1"},
    "D01d": {"procedure.discharge_date": "@-1"},
    "D01e": {"vital_status.status_date": "@-1"},
    "D01f": {"patient.diagnosis_date": "@-19"},
    "D02": {"mdt_review.meeting_date": "@1"},
    "D03": {"mdt_review.meeting_date": "@-91", "patient.diagnosis_date": "@-100"},
    "D04": {"research_enrolment.consent_date": "@1"},
    "D05": {"research_enrolment.study_id": "CLOSED"},
    "D06": {"research_enrolment.study_id": "ELSEWHERE"},
    "D07": {"research_enrolment.study_id": "LATE"},
    "D08": {"operator_training.training_date": "@1"},
    "D10": {"governance_approval.decision": "REFUSED"},
    "D11": {"lesion.baseline_imaging_date": "@-43"},
    "D12a": {"complication.onset_date": "@-1"},
    "D12b": {
        "complication.onset_date": "@56",
        "complication.recorded_date": "@57",
        "complication.resolved_date": "",
        **_died("@55"),
    },
    "D13a": {
        "followup_imaging.imaging_date": "@41",
        "subsequent_treatment.treatment_date": "@39",
        **_died("@40"),
    },
    "D13b": {"prom.completed_date": "@56", "prom.timepoint": "M1", **_died("@55")},
    "D13c": {"subsequent_treatment.treatment_date": "@56", **_died("@55")},
    "D14": _died("@-1") | {"vital_status.status_date": "@60"},
    "D15": {"complication.yellow_card_date": "@33", "complication.yellow_card_ref": "YC-1"},
    "D16": {"vital_status.status_date": "@49"},
    "D18": {
        "complication.onset_date": "@0",
        "complication.clavien_dindo": "V",
        "complication.ctcae_grade": "5",
        "complication.cirse_grade": "6",
        "complication.sir_grade": "F",
        **_TREATED, **_TOLD, **_REPORTED, **_CARD,
    },
    "D20": {"followup_imaging.imaging_date": "@-1"},
    "D22": {"governance_approval.valid_to": "2027-06-12"},
    "D23a": {"patient.birth_year_month": "2009-01"},
    "D23b": {"patient.birth_year_month": "1899-01"},
    "D24a": {"procedure.discharge_date": "@0"},
    "D24b": {"procedure.admission_date": "@-364"},
    "O01": {"complication.nice_category": "BLEEDING"},
    "O02": {"complication.ctcae_grade": "5"},
    "O03": {"complication.clavien_dindo": "IIIa"},
    "O05": {"procedure.no_complication_confirmed": "Y"},
    "O06": {"complication.nice_category": "SEEDING", "complication.subtype": "NEEDLE_TRACT"},
    "O07": {"lesion_response.local_tumour_progression": "Y"},
    "O08": {"followup_imaging.overall_response": "PD"},
    "O09a": {"followup_imaging.overall_response": "CR", "followup_imaging.sum_viable_mm": "0"},
    "O09b": {"lesion_response.lirads_tr": "LR-TR-NONVIABLE"},
    "O10": {
        "patient.tumour_type": "PHCCA",
        "patient.icd10_primary": "C24.0",
        "patient.bclc_stage": "",
        "patient.cholangio_category": "PERIHILAR",
    },
    "O12a": {"prom.item_01": "6"},
    "O12b": dict.fromkeys((f"prom.item_0{n}" for n in range(1, 6)), "1") | {"prom.vas": "49"},
    "O13a": {"prom.instrument": "QLQ-C30", "prom.item_03": "5"},
    "O14": {"prom.completed_date": "@1"},
    "O15": {"complication.device_related_suspected": "Y"},
    "O16a": {"complication.clavien_dindo": "IIIb", **_TREATED, **_TOLD, **_CARD},
    "O16b": {"complication.clavien_dindo": "IIIb", **_TREATED, **_REPORTED, **_CARD},
    "O17": {
        "research_enrolment.withdrawal_date": "@20",
        "research_enrolment.withdrawal_scope": "NO_FURTHER_DATA",
    },
    "O18": {"lesion_response.lirads_tr": ""},
    "O19": {"lesion_response.technique_efficacy": ""},
    "O20": {
        "followup_imaging.nominal_visit": "M3",
        "lesion_response.technique_efficacy": "",
        "lesion_response.local_tumour_progression": "",
    },
    "O21": {"complication.clavien_dindo": "IIIb", **_TREATED, **_TOLD, **_REPORTED},
    "P01": {"procedure.anaesthesia": "SEDATION"},
    "P02": {"procedure.nmb_used": "N"},
    "P03a": {"procedure.ecg_sync_used": "N"},
    "P03b": {"pulse_delivery.ecg_sync": "N"},
    "P04": {"patient.cardiac_device": "ICD"},
    "P04b": {"patient.cardiac_device": "LOOP"},
    "P05": {"patient.recent_mi_12m": "Y"},
    "P06": {"procedure.guidance": ""},
    "P07b": {"pulse_delivery.electrode_b": "3"},
    "P09": {"pulse_delivery.parallel_confirmed": "N"},
    "P10": {"pulse_delivery.angle_deg": "11"},
    "P11": {"pulse_delivery.voltage_v": "1000"},
    "P12b": {"pulse_delivery.pulses_planned": "100"},
    "P14": {"pulse_delivery.current_start_a": "38"},
    "P15": {f"pulse_delivery.current_{when}_a": "7" for when in ("start", "end", "max")},
    "P16": {"lesion_treatment.ablation_zone_max_mm": "27"},
    "P17": {"procedure.completion_imaging": "NONE", "followup_imaging.nominal_visit": "M3"},
    "P18": {"procedure.approach": "OPEN"},
    "P19": {"procedure.opcs4": "J12.8"},
    "P20": {"procedure.technical_success": "ABORTED", "procedure.abort_reason": "ARRHYTHMIA"},
    "P21": {"procedure.max_sbp": "201"},
    "T01": {"patient.icd10_primary": "C22.9"},
    "T02": {"patient.icd10_primary": "C78.7"},
    "T03a": {
        "patient.tumour_type": "OTHER_PRIMARY",
        "patient.icd10_primary": "C22.7",
        "followup_imaging.criteria": "EASL",
    },
    "T03b": {"patient.cholangio_category": "PERIHILAR"},
    "T04": {"patient.bclc_stage": "D"},
    "T05a": {"patient.child_pugh_score": "6"},
    "T05b": {"patient.child_pugh_class": "B"},
    "T07": {"lesion.dist_bile_duct_mm": "11", "mdt_review.thermal_unsuitable_reason": "HEAT_SINK"},
    "T08": {"lesion.dist_bile_duct_mm": "11"},
    "T09": {"mdt_review.thermal_unsuitable_reason": "NONE"},
    "T10": {"mdt_review.recommendation": "TACE"},
    "T11": {"mdt_review.mdt_level": "LOCAL"},
    "T12a": {"procedure.n_lesions_treated": "2"},
    "T14": {
        "patient.bilirubin": "55",
        "patient.albumin": "27",
        "patient.ascites": "MODERATE_SEVERE",
        "patient.child_pugh_score": "11",
        "patient.child_pugh_class": "C",
        "patient.bclc_stage": "D",
    },
    "T15": {"patient.inr": "1.6"},
    "T16": {"lesion.lirads_category": "", "lesion.histology": ""},
    "T17": {"patient.imd_decile": "", "patient.imd_version": ""},
    "K05a": {"complication.procedure_id": "nowhere"},
    "K05b": {"procedure.second_operator_pseudo_id": "nobody"},
}  # fmt: skip

# What has to come with a fault, since it is the same fact told by another column.
COMES_WITH = {
    "D01b": "D01f",  # the diagnosis is after the MDT too
    "D14": "D12b D13a D13c",  # what follows the procedure follows the death
    "P06": "procedure.guidance.REQUIRED",
    "P10": "pulse_delivery.angle_deg.PLAUSIBLE",
    # a current of 20 to 50 A at 1000 to 3000 V is within 20 to 150 ohm
    "P15": " ".join(f"pulse_delivery.current_{w}_a.PLAUSIBLE" for w in ("start", "end", "max")),
    "T08": "T07",  # a patient without any near lesion
}


def _without_pulses(rows: Rows) -> None:
    rows["pulse_delivery"].clear()


def _a_third_electrode(rows: Rows) -> None:
    pulses = rows["pulse_delivery"]
    pulses.append(pulses[0] | {"delivery_id": f"{pulses[0]['delivery_id']}b", "electrode_b": "3"})


def _three_cycles(rows: Rows) -> None:
    pulses = rows["pulse_delivery"]
    for letter in "bc":
        pulses.append(pulses[0] | {"delivery_id": f"{pulses[0]['delivery_id']}{letter}"})


def _another_lesion_1(rows: Rows) -> None:
    lesions = rows["lesion"]
    lesions.append(lesions[0] | {"lesion_id": f"{lesions[0]['lesion_id']}b"})


def _lesion_of_another_patient(rows: Rows) -> None:
    patient = rows["patient"][0]
    other = patient["patient_pseudo_id"].replace("0", "F", 1)
    rows["patient"].append(patient | {"patient_pseudo_id": other})
    rows["lesion"][0]["patient_pseudo_id"] = other


def _sent_twice(rows: Rows) -> None:
    rows["governance_approval"].append(dict(rows["governance_approval"][0]))


OTHERS = (
    Fault("K04a", {}, reshape=_sent_twice),
    # between two designations
    Fault("D09", {}, first_day=date(2025, 1, 2)),
    # alive on a day that is older than six months
    Fault("D17", {"vital_status.status_date": "@60"}, first_day=date(2025, 9, 1)),
    Fault("D21", {}, reshape=_another_lesion_1),
    Fault("P07a", {}, reshape=_without_pulses),
    # a third electrode where two were placed
    Fault("P07c", {}, "P07b", reshape=_a_third_electrode),
    Fault("P12a", {}, reshape=_three_cycles),
    Fault("T12b", {}, reshape=_lesion_of_another_patient),
)
