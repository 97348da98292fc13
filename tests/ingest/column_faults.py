"""One fault for each column rule, made from the dictionary; what has to come with it is listed."""

from __future__ import annotations

from collections.abc import Iterator

from expectations.dictionary import Column, site_tables
from expectations.rules import column_kinds, column_rule_id
from tests.ingest.faults import Fault

LATER = "2026-12-01"  # than the extract


def column_faults() -> Iterator[Fault]:
    """Every column rule, violated in one cell."""
    for table in site_tables().values():
        for column in table.columns.values():
            place = f"{table.name}.{column.name}"
            for kind in dict.fromkeys(kind for kind, _, _ in column_kinds(column)):
                rule = column_rule_id(table.name, column.name, kind)
                value = VALUES[rule] if rule in VALUES else _value(kind, table.name, column)
                comes_with = COMES_WITH.get(rule, COMES_WITH.get(place, ""))
                cells = BESIDE.get(rule, BESIDE.get(place, {}))
                yield Fault(rule, cells | {place: value}, comes_with)


def _value(kind: str, table: str, column: Column) -> str:
    """A value of the column that this kind of rule finds, and no stronger one."""
    if kind == "TYPE":
        return "perhaps" if column.type == "boolean" else "NULL"
    if kind in ("HARD", "PLAUSIBLE"):
        return _out_of_range(kind, column)
    return {
        "REQUIRED": "",
        "NUMBER": "1,5",
        "DATE_FORMAT": "46115",
        "DATE_IMPOSSIBLE": "2026-02-31",
        "DATE_FUTURE": LATER,
        "CODE": "XX",
        "PATTERN": f"?{table}",
    }[kind]


def _out_of_range(kind: str, column: Column) -> str:
    if column.length is not None:
        # too short for the form of a site code, which "x" repeated would break first
        return "Z1" if column.length[0] > 1 else "x" * (column.length[1] + 1)
    if column.type == "date":
        return "2000-01-01"
    low, high = column.plausible or column.hard or (0, 0)
    if kind == "HARD":
        assert column.hard is not None
        return str(column.hard[1] + 1)
    is_above_usable = column.hard is None or high + 1 <= column.hard[1]
    return str(high + 1 if is_above_usable else low - 1)


# Where the first value that comes to mind breaks other rules too, one that does not.
VALUES = {
    "patient.bilirubin.PLAUSIBLE": "2",
    "patient.inr.HARD": "0.4",
    "patient.inr.PLAUSIBLE": "0.7",
    "procedure.opcs4.PATTERN": "J12.8;Y12.3;?",
    "procedure.guidance.CODE": "CT;XX",
    "procedure.max_sbp.HARD": "49",
    "procedure.max_sbp.PLAUSIBLE": "99",
    "lesion.max_diameter_mm.HARD": "0.5",
    "lesion.max_diameter_mm.PLAUSIBLE": "4",
    "lesion.dist_bile_duct_mm.HARD": "-1",
    "pulse_delivery.electrode_a.HARD": "0",
    "pulse_delivery.angle_deg.HARD": "-1",
    "pulse_delivery.pulses_planned.HARD": "0",
    "pulse_delivery.pulses_planned.PLAUSIBLE": "69",
    "pulse_delivery.pulses_delivered.PLAUSIBLE": "140",  # two cycles
    "pulse_delivery.current_start_a.HARD": "-1",
    "pulse_delivery.current_start_a.PLAUSIBLE": "19",
    "pulse_delivery.current_end_a.HARD": "-1",
    "pulse_delivery.current_end_a.PLAUSIBLE": "19",
}

_CHOLANGIOCARCINOMA = {
    "patient.tumour_type": "ICCA",
    "patient.icd10_primary": "C22.1",
    "patient.bclc_stage": "",
    "followup_imaging.criteria": "RECIST1.1",
}
# Other cells of the case, so that the column is asked for, or that nothing else is found.
BESIDE = {
    "operator_training.proctored_case_count.REQUIRED": {
        "operator_training.training_type": "PROCTORED_CASE",
        "operator_training.training_date": "@0",
        "procedure.supervised": "Y",
    },
    "patient.cholangio_category.REQUIRED": _CHOLANGIOCARCINOMA,
    "patient.cholangio_category.CODE": _CHOLANGIOCARCINOMA,
    "patient.ecog_ps.HARD": {"patient.bclc_stage": "D"},
    "patient.ecog_ps.PLAUSIBLE": {"patient.bclc_stage": "D"},
    "patient.arrhythmia_history.CODE": {"procedure.cardiology_signoff_date": "@0"},
    "research_enrolment.withdrawal_date": {
        "research_enrolment.withdrawal_scope": "NO_FURTHER_CONTACT"
    },
    "research_enrolment.withdrawal_scope.REQUIRED": {"research_enrolment.withdrawal_date": "@9"},
    "procedure.abort_reason.REQUIRED": {"procedure.technical_success": "N"},
    "lesion.dist_bile_duct_mm.PLAUSIBLE": {"lesion.dist_vessel_mm": "8"},
    "pulse_delivery.spacing_mm.PLAUSIBLE": {"pulse_delivery.voltage_v": "2900"},
    "complication.onset_date.DATE_FUTURE": {"complication.resolved_date": ""},
    "followup_imaging.sum_viable_mm.HARD": {"followup_imaging.overall_response": "PD"},
    "followup_imaging.sum_viable_mm.PLAUSIBLE": {"followup_imaging.overall_response": "PD"},
    "followup_imaging.sum_baseline_mm.HARD": {"followup_imaging.overall_response": "PR"},
    "followup_imaging.sum_baseline_mm.PLAUSIBLE": {"followup_imaging.overall_response": "PR"},
    "followup_imaging.new_lesion.CODE": {"followup_imaging.overall_response": "PD"},
    "vital_status.death_date.REQUIRED": {
        "vital_status.status": "DEAD",
        "vital_status.cause_category": "OTHER",
    },
    "vital_status.cause_category.REQUIRED": {
        "vital_status.status": "DEAD",
        "vital_status.death_date": "2026-07-06",
    },
}  # fmt: skip

# What has to come with a fault: the records that hang on a key; a link that cannot be used
# and so counts as none; a date or a number that is wrong towards another as well; a code
# that is not the one that another rule asks for.
COMES_WITH = {
    "governance_approval.approval_id.REQUIRED": "K05b",
    "governance_approval.approval_id.TYPE": "K05b",
    "governance_approval.approval_id.HARD": "K05b",
    "governance_approval.application_date.DATE_FUTURE": "governance_approval.decision_date.HARD",
    "governance_approval.valid_to.HARD": "D10",
    "operator.operator_pseudo_id.REQUIRED": "K05b",
    "operator.operator_pseudo_id.TYPE": "K05b",
    "operator.operator_pseudo_id.HARD": "K05b",
    "operator_training.training_date.DATE_FUTURE": "D08",
    "operator_training.expiry_date.HARD": "D08",
    "patient.patient_pseudo_id.REQUIRED": "K05a",
    "patient.patient_pseudo_id.TYPE": "K05a",
    "patient.patient_pseudo_id.PATTERN": "K05a",
    "patient.diagnosis_date.DATE_FUTURE": "D01b D01f",
    "patient.ecog_ps.HARD": "T14",
    "patient.ecog_ps.PLAUSIBLE": "T14",
    "patient.child_pugh_score.HARD": "T05b",
    "research_enrolment.enrolment_id.REQUIRED": "K05b",
    "research_enrolment.enrolment_id.TYPE": "K05b",
    "research_enrolment.enrolment_id.HARD": "K05b",
    "research_enrolment.patient_pseudo_id.PATTERN": "K05a",
    "research_enrolment.consent_date.DATE_FUTURE": "D04",
    "mdt_review.mdt_id.REQUIRED": "K05b",
    "mdt_review.mdt_id.TYPE": "K05b",
    "mdt_review.mdt_id.HARD": "K05b",
    "mdt_review.patient_pseudo_id.PATTERN": "K05a",
    "mdt_review.meeting_date.DATE_FUTURE": "D02",
    "procedure.procedure_id.REQUIRED": "K05a",
    "procedure.procedure_id.TYPE": "K05a",
    "procedure.procedure_id.HARD": "K05a T12a",
    "procedure.patient_pseudo_id.PATTERN": "K05a T12b",
    "procedure.site_ods_code.PATTERN": "D06 D09",
    "procedure.site_ods_code.HARD": "D06 D09",
    "procedure.mdt_id.TYPE": "D02",
    "procedure.enrolment_id.TYPE": "D04",
    "procedure.approval_id.TYPE": "D10",
    "procedure.procedure_date.DATE_FUTURE": "D01d D01e D03 D11 D12a D20",
    "procedure.admission_date.DATE_FUTURE": "D01c",
    "procedure.discharge_date.DATE_FUTURE": "D24a",
    "procedure.guidance.REQUIRED": "P06",
    "procedure.guidance.TYPE": "P06",
    "procedure.tof_count_at_first_pulse.HARD": "P02",
    "procedure.n_lesions_treated.HARD": "T12a",
    "procedure.n_lesions_treated.PLAUSIBLE": "T12a",
    "lesion.lesion_id.REQUIRED": "K05a",
    "lesion.lesion_id.TYPE": "K05a",
    "lesion.lesion_id.HARD": "K05a",
    "lesion.patient_pseudo_id.PATTERN": "K05a T12b",
    "lesion.baseline_imaging_date.DATE_FUTURE": "D11",
    "lesion_treatment.procedure_id.REQUIRED": "T12a",
    "lesion_treatment.procedure_id.TYPE": "T12a",
    "pulse_delivery.procedure_id.REQUIRED": "P07a",
    "pulse_delivery.procedure_id.TYPE": "P07a",
    "pulse_delivery.lesion_id.REQUIRED": "P07a",
    "pulse_delivery.lesion_id.TYPE": "P07a",
    "pulse_delivery.electrode_b.HARD": "P07b",
    "pulse_delivery.spacing_mm.HARD": "P11",
    "pulse_delivery.angle_deg.PLAUSIBLE": "P10",
    "pulse_delivery.voltage_v.PLAUSIBLE": "P11",
    "pulse_delivery.pulses_delivered.HARD": "P12a",
    "complication.patient_pseudo_id.PATTERN": "K05a",
    "complication.onset_date.DATE_FUTURE": "D16",
    "complication.yellow_card_date.DATE_FUTURE": "D15",
    "followup_imaging.imaging_id.REQUIRED": "K05a",
    "followup_imaging.imaging_id.TYPE": "K05a",
    "followup_imaging.imaging_id.HARD": "K05a",
    "followup_imaging.patient_pseudo_id.PATTERN": "K05a",
    "followup_imaging.imaging_date.DATE_FUTURE": "D16",
    "subsequent_treatment.patient_pseudo_id.PATTERN": "K05a",
    "subsequent_treatment.treatment_date.DATE_FUTURE": "D16",
    "vital_status.patient_pseudo_id.PATTERN": "K05a",
    "prom.patient_pseudo_id.PATTERN": "K05a",
    "prom.completed_date.DATE_FUTURE": "D16 O14",
    "prom.item_01.HARD": "O12a",
    "prom.item_02.HARD": "O12a",
    "prom.item_03.HARD": "O12a",
    "prom.item_04.HARD": "O12a",
    "prom.item_05.HARD": "O12a",
}
