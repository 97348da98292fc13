"""More of the faults (R) in the export that waits: orders of dates, patients, lesions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sample_data._faults import (
    Beside,
    Edit,
    Expected,
    Facts,
    Fault,
    Where,
    constant,
    put,
    with_finding,
)
from sample_data._faults_held import WAITING


def held(
    fault_id: str, table: str, rule: str, column: str, edit: Edit,
    where: Where = lambda facts: True, *, is_patient_wide: bool = False,
    beside: Beside = lambda facts: (),
) -> Fault:  # fmt: skip
    finds = (Expected(rule, "R", column),)
    return Fault(
        fault_id, *WAITING, table, edit, finds, where, is_patient_wide, beside=beside
    )  # fmt: skip


def _moved(target: str, source: str, days: int, **others: str) -> Edit:
    """Set a date so many days from another of the row."""

    def edit(facts: Facts) -> Mapping[str, str]:
        day = facts.day(source) + timedelta(days=days)
        return {target: day.isoformat()} | others

    return edit


def _is_mild(facts: Facts) -> bool:
    return facts.values["clavien_dindo"] in {"I", "II"}


def _is_training(kind: str) -> Where:
    return lambda facts: facts.values["training_type"] == kind


def _new_approval(number: int, target: str, source: str) -> Edit:
    """An approval to which no procedure is linked, a date of it before an earlier one."""

    def edit(facts: Facts) -> Mapping[str, str]:
        day = facts.day(source) - timedelta(days=1)
        return {"approval_id": f"ZZ102-A{number}", target: day.isoformat()}

    return edit


def _before_onset(facts: Facts) -> Mapping[str, str]:
    """Resolved, and reported, on the day before the onset."""
    day = (facts.day("onset_date") - timedelta(days=1)).isoformat()
    report = {"yellow_card_ref": "YC-ZZ102-9001", "yellow_card_date": day, "yc_scheme": "MHRA"}
    return report | {"resolved_date": day}


ORDERS = (
    *(
        Fault(name, *WAITING, "governance_approval", _new_approval(number, target, source),
              (Expected(f"governance_approval.{target}.HARD", "R", target),),
              lambda facts: facts.values["approval_id"] == "ZZ102-A2", is_repeat=True)
        for name, number, target, source in (
            ("R48", 6, "decision_date", "application_date"),
            ("R49", 7, "decision_date", "application_date"),
            ("R50", 8, "valid_to", "valid_from"), ("R51", 9, "valid_to", "valid_from"),
        )
    ),
    *(
        held(name, "operator_training", "operator_training.expiry_date.HARD", "expiry_date",
              _moved("expiry_date", "training_date", 0), _is_training("OBSERVED"))
        for name in ("R52", "R53")
    ),
    *(
        held(name, "research_enrolment", "research_enrolment.withdrawal_date.HARD",
              "withdrawal_date",
              _moved("withdrawal_date", "consent_date", -1, withdrawal_scope="NO_FURTHER_CONTACT"))
        for name in ("R54", "R55")
    ),
    *(
        with_finding(
            held(name, "complication", "complication.resolved_date.HARD", "resolved_date",
                  _before_onset, _is_mild),
            Expected("complication.yellow_card_date.HARD", "R", "yellow_card_date"),
        )
        for name in ("R56", "R57")
    ),
    *(
        held(name, "procedure", "procedure.readmission_30d_date.HARD", "readmission_30d_date",
              _moved("readmission_30d_date", "discharge_date", 0))
        for name in ("R58", "R59")
    ),
)  # fmt: skip


def _before_first(facts: Facts) -> Mapping[str, str]:
    if facts.patient is None:
        return {}
    return {"imaging_date": (facts.patient.first_procedure - timedelta(days=3)).isoformat()}


def _is_first_scan(facts: Facts) -> bool:
    days = [row.values["imaging_date"] for row in facts.sent("followup_imaging")]
    return facts.values["imaging_date"] == min(days)


def _is_liver_well(facts: Facts) -> bool:
    """True for a score far from the next class, and a patient without a stage."""
    return not facts.values["bclc_stage"] and facts.values["child_pugh_score"] == "5"


def _one_more(facts: Facts) -> Mapping[str, str]:
    return {"n_lesions_treated": str(int(facts.values["n_lesions_treated"]) % 3 + 1)}


def _is_treated_once(facts: Facts) -> bool:
    lesion = facts.values["lesion_id"]
    return sum(row.values["lesion_id"] == lesion for row in facts.sent("lesion_treatment")) == 1


def _other_patient(facts: Facts) -> Mapping[str, str]:
    """The lesion under another patient, who has no stage that the lesions must fit."""
    other = next(
        row.owner
        for row in facts.export.rows["patient"]
        if row.values["tumour_type"] == "ICCA" and row.owner != facts.row.owner
    )
    number = facts.patient.number if facts.patient else 0
    return {"patient_pseudo_id": other, "lesion_no": str(10 + number % 10)}


SELECTION = (
    *(
        held(name, "followup_imaging", "D20", "imaging_date", _before_first, _is_first_scan,
              is_patient_wide=True)
        for name in ("R62", "R63")
    ),
    *(
        held(name, "lesion", "D21", "lesion_no", constant(lesion_no="1"),
              lambda facts: facts.values["lesion_no"] != "1")
        for name in ("R64", "R65")
    ),
    *(
        held(name, "patient", "T05b", "child_pugh_class", constant(child_pugh_class="B"),
              _is_liver_well)
        for name in ("R66", "R67")
    ),
    put("R68", WAITING, ("patient", "bilirubin", "0.8"), "HARD",
        where=lambda facts: float(facts.values["bilirubin"]) < 34),
    put("R69", WAITING, ("patient", "albumin", "4.1"), "HARD", where=_is_liver_well),
    *(
        held(name, "procedure", "T12a", "n_lesions_treated", _one_more)
        for name in ("R70", "R71")
    ),
    *(
        Fault(name, *WAITING, "lesion", _other_patient,
              (Expected("T12b", "R", "lesion_id", "lesion_treatment"),),
              _is_treated_once, is_patient_wide=True)
        for name in ("R72", "R73")
    ),
)  # fmt: skip

WAITING_RECORDS = (*ORDERS, *SELECTION)
