"""More of the faults (R) in the export that waits: technique, outcomes, orders of dates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from sample_data._exports import ExportRow
from sample_data._faults import Beside, Edit, Expected, Facts, Fault, Where, put, with_finding
from sample_data._faults_held import WAITING
from sample_data._rows import Row

FATAL = {
    "clavien_dindo": "V", "ctcae_grade": "5", "intervention": "DRUG;ICU",
    "lfpse_ref": "LF-ZZ102-9001", "resolved_date": "",
}  # fmt: skip


def _held(
    fault_id: str, table: str, rule: str, column: str, edit: Edit,
    where: Where = lambda facts: True, *, is_patient_wide: bool = False,
    beside: Beside = lambda facts: (),
) -> Fault:  # fmt: skip
    finds = (Expected(rule, "R", column),)
    return Fault(
        fault_id, *WAITING, table, edit, finds, where, is_patient_wide, beside=beside
    )  # fmt: skip


def _constant(**changed: str) -> Edit:
    return lambda facts: changed


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
        _held(name, "operator_training", "operator_training.expiry_date.HARD", "expiry_date",
              _moved("expiry_date", "training_date", 0), _is_training("OBSERVED"))
        for name in ("R52", "R53")
    ),
    *(
        _held(name, "research_enrolment", "research_enrolment.withdrawal_date.HARD",
              "withdrawal_date",
              _moved("withdrawal_date", "consent_date", -1, withdrawal_scope="NO_FURTHER_CONTACT"))
        for name in ("R54", "R55")
    ),
    *(
        with_finding(
            _held(name, "complication", "complication.resolved_date.HARD", "resolved_date",
                  _before_onset, _is_mild),
            Expected("complication.yellow_card_date.HARD", "R", "yellow_card_date"),
        )
        for name in ("R56", "R57")
    ),
    *(
        _held(name, "procedure", "procedure.readmission_30d_date.HARD", "readmission_30d_date",
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
        _held(name, "followup_imaging", "D20", "imaging_date", _before_first, _is_first_scan,
              is_patient_wide=True)
        for name in ("R62", "R63")
    ),
    *(
        _held(name, "lesion", "D21", "lesion_no", _constant(lesion_no="1"),
              lambda facts: facts.values["lesion_no"] != "1")
        for name in ("R64", "R65")
    ),
    *(
        _held(name, "patient", "T05b", "child_pugh_class", _constant(child_pugh_class="B"),
              _is_liver_well)
        for name in ("R66", "R67")
    ),
    put("R68", WAITING, ("patient", "bilirubin", "0.8"), "HARD",
        where=lambda facts: float(facts.values["bilirubin"]) < 34),
    with_finding(
        put("R69", WAITING, ("patient", "albumin", "4.1"), "HARD", where=_is_liver_well),
        Expected("T05b", "R", "child_pugh_class"),
    ),
    *(
        _held(name, "procedure", "T12a", "n_lesions_treated", _one_more)
        for name in ("R70", "R71")
    ),
    *(
        Fault(name, *WAITING, "lesion", _other_patient,
              (Expected("T12b", "R", "lesion_id", "lesion_treatment"),),
              _is_treated_once, is_patient_wide=True)
        for name in ("R72", "R73")
    ),
)  # fmt: skip


def _pulses(facts: Facts) -> list[ExportRow]:
    """The pulses of a lesion's treatment."""
    names = ("procedure_id", "lesion_id")
    return [
        pulse
        for pulse in facts.sent("pulse_delivery")
        if all(pulse.values[name] == facts.values[name] for name in names)
    ]


def _other_treatment(facts: Facts) -> Row | None:
    """Another lesion treated in the procedure, with as many electrodes or more."""
    procedure, electrodes = facts.values["procedure_id"], int(facts.values["n_electrodes"])
    return next(
        (
            row.values
            for row in facts.sent("lesion_treatment")
            if row is not facts.row
            and row.values["procedure_id"] == procedure
            and int(row.values["n_electrodes"]) >= electrodes
        ),
        None,
    )


def _pulses_at_the_other(facts: Facts) -> Iterable[tuple[ExportRow, Mapping[str, str]]]:
    other = _other_treatment(facts)
    return [(pulse, {"lesion_id": other["lesion_id"]}) for pulse in _pulses(facts)] if other else []


def _is_one_of_three(facts: Facts) -> bool:
    """True where the patient has no other pulses of a third electrode."""
    thirds = [pulse for pulse in facts.sent("pulse_delivery") if _is_third(facts, pulse.values)]
    return facts.values["n_electrodes"] == "3" and all(
        pulse.values["lesion_id"] == facts.values["lesion_id"]
        and pulse.values["procedure_id"] == facts.values["procedure_id"]
        for pulse in thirds
    )


def _is_third(facts: Facts, pulse: Row) -> bool:
    return pulse["electrode_b"] == "3"


def _below_end(facts: Facts) -> Mapping[str, str]:
    return {"current_max_a": f"{float(facts.values['current_end_a']) - 0.5:.1f}"}


def _is_not_arrhythmic(facts: Facts) -> bool:
    kinds = {
        row.values["nice_category"]
        for row in facts.sent("complication")
        if row.values["procedure_id"] == facts.values["procedure_id"]
    }
    return "ARRHYTHMIA" not in kinds and facts.values["technical_success"] == "Y"


TECHNIQUE = (
    *(
        Fault(name, *WAITING, "lesion_treatment", _constant(planned_margin_mm="5"),
              (Expected("P07a", "R", "n_electrodes"),),
              lambda facts: _other_treatment(facts) is not None, is_patient_wide=True,
              beside=_pulses_at_the_other)
        for name in ("R74", "R75")
    ),
    *(
        _held(name, "pulse_delivery", "P07b", "electrode_b", _constant(electrode_b="6"))
        for name in ("R76", "R77")
    ),
    *(
        with_finding(
            _held(name, "lesion_treatment", "P07c", "n_electrodes", _constant(n_electrodes="2"),
                  _is_one_of_three, is_patient_wide=True),
            Expected("P07b", "R", "electrode_b", "pulse_delivery", _is_third),
        )
        for name in ("R78", "R79")
    ),
    *(
        _held(name, "pulse_delivery", "P14", "current_max_a", _below_end)
        for name in ("R80", "R81")
    ),
    *(
        _held(name, "procedure", "P20", "abort_reason",
              _constant(technical_success="ABORTED", abort_reason="ARRHYTHMIA"),
              _is_not_arrhythmic)
        for name in ("R82", "R83")
    ),
)  # fmt: skip


def _fatal(facts: Facts) -> Mapping[str, str]:
    """A death that no vital status tells."""
    told = facts.day("onset_date") + timedelta(days=3)
    cirse = "6" if facts.values["cirse_grade"] else ""
    return FATAL | {"cirse_grade": cirse, "duty_of_candour_date": told.isoformat()}


def _is_of_the_day(facts: Facts) -> bool:
    procedure = facts.procedure()
    is_same = (
        procedure is not None and procedure.values["procedure_date"] == facts.values["onset_date"]
    )
    return is_same and facts.patient is not None and facts.patient.death is None


def _scan(facts: Facts) -> Row:
    return next(
        row.values
        for row in facts.sent("followup_imaging")
        if row.values["imaging_id"] == facts.values["imaging_id"]
    )


def _is_residual(facts: Facts) -> bool:
    """True at a scan of a lesion that no scan has shown free of tumour."""
    found = [
        row.values["technique_efficacy"]
        for row in facts.sent("lesion_response")
        if row.values["lesion_id"] == facts.values["lesion_id"]
    ]
    return "Y" not in found


def _is_clear(facts: Facts) -> bool:
    is_graded = facts.values["lirads_tr"] == "LR-TR-NONVIABLE"
    return _scan(facts)["overall_response"] == "CR" and not is_graded


def _is_viable(facts: Facts) -> bool:
    return facts.values["lirads_tr"] == "VIABLE" and float(facts.values["viable_diameter_mm"]) > 0


EVENTS = (
    ("procedure", "procedure_date"), ("complication", "onset_date"),
    ("followup_imaging", "imaging_date"), ("prom", "completed_date"),
    ("subsequent_treatment", "treatment_date"), ("vital_status", "status_date"),
)  # fmt: skip


def _last_days(facts: Facts) -> dict[str, str]:
    """By table, the last day of the patient in it."""
    return {
        table: max(row.values[column] for row in facts.sent(table))
        for table, column in EVENTS
        if facts.sent(table)
    }


def _withdrawn_before(table: str) -> Edit:
    """Withdrawn from further data on the day before the last row of a table."""

    def edit(facts: Facts) -> Mapping[str, str]:
        day = date.fromisoformat(_last_days(facts)[table]) - timedelta(days=1)
        return {"withdrawal_date": day.isoformat(), "withdrawal_scope": "NO_FURTHER_DATA"}

    return edit


def _after_withdrawal(table: str, column: str) -> Expected:
    return Expected(
        "O17", "R", column, table, lambda facts, row: row[column] > facts.values["withdrawal_date"]
    )


def _is_told_last(facts: Facts) -> bool:
    days = _last_days(facts)
    told = days.pop("vital_status")
    is_alive = facts.sent("vital_status")[0].values["status"] == "ALIVE"
    return is_alive and _is_enrolled_once(facts) and max(days.values()) < told


def _is_asked_last(facts: Facts) -> bool:
    days = _last_days(facts)
    asked = days.pop("prom", "")
    told = days.pop("vital_status")
    is_alive = facts.sent("vital_status")[0].values["status"] == "ALIVE"
    is_last = is_alive and max(days.values()) < asked <= told
    return is_last and _is_enrolled_once(facts) and asked > facts.values["consent_date"]


def _is_enrolled_once(facts: Facts) -> bool:
    return len(facts.sent("research_enrolment")) == 1


def _is_of(instrument: str) -> Where:
    return lambda facts: facts.values["instrument"] == instrument


OUTCOMES = (
    *(
        _held(name, "complication", "O02", "clavien_dindo", _constant(ctcae_grade="5"), _is_mild)
        for name in ("R84", "R85")
    ),
    Fault("W87", *WAITING, "complication",
          _constant(nice_category="SEEDING", subtype="PERITONEAL"),
          (Expected("O06", "W", "nice_category"),), _is_mild, is_patient_wide=True),
    *(
        _held(name, "complication", "D18", "clavien_dindo", _fatal, _is_of_the_day,
              is_patient_wide=True)
        for name in ("R86", "R87")
    ),
    *(
        _held(name, "lesion_response", "O07", "local_tumour_progression",
              _constant(local_tumour_progression="Y"), _is_residual)
        for name in ("R88", "R89")
    ),
    *(
        _held(name, "lesion_response", "O09a", "viable_diameter_mm",
              _constant(viable_diameter_mm="7.5"), _is_clear)
        for name in ("R90", "R91")
    ),
    *(
        _held(name, "lesion_response", "O09b", "viable_diameter_mm",
              _constant(lirads_tr="LR-TR-NONVIABLE"),
              _is_viable)
        for name in ("R92", "R93")
    ),
    *(
        _held(name, "prom", "O12a", column, _constant(**{column: answer}), _is_of("EQ-5D-5L"))
        for name, column, answer in (("R94", "item_02", "6"), ("R95", "item_04", "0"))
    ),
    *(
        _held(name, "prom", "O13a", column, _constant(**{column: answer}), _is_of("QLQ-C30"))
        for name, column, answer in (("R96", "item_07", "5"), ("R97", "item_29", "0"))
    ),
    Fault("R60", *WAITING, "research_enrolment", _withdrawn_before("vital_status"),
          (_after_withdrawal("vital_status", "status_date"),), _is_told_last,
          is_patient_wide=True),
    Fault("R61", *WAITING, "research_enrolment", _withdrawn_before("prom"),
          (_after_withdrawal("vital_status", "status_date"),
           _after_withdrawal("prom", "completed_date")), _is_asked_last, is_patient_wide=True),
)  # fmt: skip

REST_WAITING = (*ORDERS, *SELECTION, *TECHNIQUE, *OUTCOMES)
