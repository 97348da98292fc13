"""More of the faults (R) in the export that waits: how it was done and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from sample_data._exports import ExportRow
from sample_data._faults import Edit, Expected, Facts, Fault, Where, constant, with_finding
from sample_data._faults_held import WAITING
from sample_data._faults_waiting import held
from sample_data._rows import Row

FATAL = {
    "clavien_dindo": "V", "ctcae_grade": "5", "intervention": "DRUG;ICU",
    "lfpse_ref": "LF-ZZ102-9001", "yellow_card_ref": "YC-ZZ102-9001", "resolved_date": "",
}  # fmt: skip


def _is_mild(facts: Facts) -> bool:
    return facts.values["clavien_dindo"] in {"I", "II"}


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
        Fault(name, *WAITING, "lesion_treatment", constant(),
              (Expected("P07a", "R", "n_electrodes"),),
              lambda facts: _other_treatment(facts) is not None, is_patient_wide=True,
              beside=_pulses_at_the_other)
        for name in ("R74", "R75")
    ),
    *(
        held(name, "pulse_delivery", "P07b", "electrode_b", constant(electrode_b="6"))
        for name in ("R76", "R77")
    ),
    *(
        with_finding(
            held(name, "lesion_treatment", "P07c", "n_electrodes", constant(n_electrodes="2"),
                  _is_one_of_three, is_patient_wide=True),
            Expected("P07b", "R", "electrode_b", "pulse_delivery", _is_third),
        )
        for name in ("R78", "R79")
    ),
    *(
        held(name, "pulse_delivery", "P14", "current_max_a", _below_end)
        for name in ("R80", "R81")
    ),
    *(
        held(name, "procedure", "P20", "abort_reason",
              constant(technical_success="ABORTED", abort_reason="ARRHYTHMIA"),
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
        held(name, "complication", "O02", "clavien_dindo", constant(ctcae_grade="5"), _is_mild)
        for name in ("R84", "R85")
    ),
    Fault("W87", *WAITING, "complication",
          constant(nice_category="SEEDING", subtype="PERITONEAL"),
          (Expected("O06", "W", "nice_category"),), _is_mild, is_patient_wide=True),
    *(
        held(name, "complication", "D18", "clavien_dindo", _fatal, _is_of_the_day,
              is_patient_wide=True)
        for name in ("R86", "R87")
    ),
    *(
        held(name, "lesion_response", "O07", "local_tumour_progression",
              constant(local_tumour_progression="Y"), _is_residual)
        for name in ("R88", "R89")
    ),
    *(
        held(name, "lesion_response", "O09a", "viable_diameter_mm",
              constant(viable_diameter_mm="7.5"), _is_clear)
        for name in ("R90", "R91")
    ),
    *(
        held(name, "lesion_response", "O09b", "viable_diameter_mm",
              constant(lirads_tr="LR-TR-NONVIABLE"),
              _is_viable)
        for name in ("R92", "R93")
    ),
    *(
        held(name, "prom", "O12a", column, constant(**{column: answer}), _is_of("EQ-5D-5L"))
        for name, column, answer in (("R94", "item_02", "6"), ("R95", "item_04", "0"))
    ),
    *(
        held(name, "prom", "O13a", column, constant(**{column: answer}), _is_of("QLQ-C30"))
        for name, column, answer in (("R96", "item_07", "5"), ("R97", "item_29", "0"))
    ),
    Fault("R60", *WAITING, "research_enrolment", _withdrawn_before("vital_status"),
          (_after_withdrawal("vital_status", "status_date"),), _is_told_last,
          is_patient_wide=True),
    Fault("R61", *WAITING, "research_enrolment", _withdrawn_before("prom"),
          (_after_withdrawal("vital_status", "status_date"),
           _after_withdrawal("prom", "completed_date")), _is_asked_last, is_patient_wide=True),
)  # fmt: skip


def _admitted_a_year_before(facts: Facts) -> Mapping[str, str]:
    return {"admission_date": (facts.day("discharge_date") - timedelta(days=367)).isoformat()}


SPANS = (
    *(
        held(name, "patient", "D23b", "birth_year_month", constant(birth_year_month=born))
        for name, born in (("R98", "1898-05"), ("R99", "1911-02"))
    ),
    *(
        held(name, "procedure", "D24b", "discharge_date", _admitted_a_year_before)
        for name in ("R100", "R101")
    ),
)  # fmt: skip

COURSE = (*TECHNIQUE, *OUTCOMES, *SPANS)
