"""Queries and breaches about selection and technique, in exports that go in all the same."""

from __future__ import annotations

from collections.abc import Mapping

from sample_data._faults import Edit, Expected, Facts, Fault, Where, constant
from sample_data._rows import text

INTERFERING = {"PACEMAKER", "ICD", "CRT", "NEUROSTIM"}


def _fault(
    fault_id: str, place: tuple[str, str], table: str, edit: Edit, finds: tuple[Expected, ...],
    where: Where = lambda facts: True, *, is_patient_wide: bool = False,
) -> Fault:  # fmt: skip
    return Fault(fault_id, *place, table, edit, finds, where, is_patient_wide)


def _query(rule: str, column: str, table: str = "") -> Expected:
    return Expected(rule, "W", column, table)


def _unusual(table: str, *columns: str) -> tuple[Expected, ...]:
    return tuple(_query(f"{table}.{column}.PLAUSIBLE", column) for column in columns)


def _number(facts: Facts, column: str) -> float:
    return float(facts.values[column] or "nan")


def _is_settled(facts: Facts) -> bool:
    return facts.is_last_version and not facts.row.record.breaches


def _has_device(facts: Facts) -> bool:
    device = facts.patient.row["cardiac_device"] if facts.patient else ""
    return _is_settled(facts) and device in INTERFERING


def _has_history(facts: Facts) -> bool:
    row = facts.patient.row if facts.patient else {}
    is_at_risk = row.get("cardiac_device") == "LOOP" or (
        row.get("cardiac_device") == "NONE" and row.get("arrhythmia_history") != "NONE"
    )
    return _is_settled(facts) and is_at_risk


def _is_icca(facts: Facts) -> bool:
    return facts.values["tumour_type"] == "ICCA"


def _is_staged_alone(facts: Facts) -> bool:
    return facts.values["tumour_type"] == "HCC" and len(facts.known("lesion")) == 1


def _score_and_one(facts: Facts) -> Mapping[str, str]:
    score = int(facts.values["child_pugh_score"])
    return {"child_pugh_score": str(score + 1)}


def _stays_in_class(facts: Facts) -> bool:
    return facts.values["child_pugh_score"] in {"5", "7", "8"}


def _is_one_lesion_seen_by_mdt(facts: Facts) -> bool:
    return len(facts.known("lesion")) == 1 and len(facts.sent("mdt_review")) == 1


def _has_room_for_30_mm(facts: Facts) -> bool:
    zones = [float(row["ablation_zone_max_mm"] or 0) for row in facts.known("lesion_treatment")]
    is_covered = bool(zones) and min(zones) >= 40
    return is_covered and len(facts.known("lesion")) == 1 and _number(facts, "max_diameter_mm") < 30


SELECTION = (
    *(
        _fault(name, place, "patient", constant(bclc_stage="D"), (_query("T04", "bclc_stage"),),
               _is_staged_alone)
        for name, place in (("W26", ("ZZ101", "2025-26-Q1")), ("W27", ("ZZ302", "2025-26-Q2")))
    ),
    *(
        _fault(name, place, "patient", _score_and_one, (_query("T05a", "child_pugh_score"),),
               _stays_in_class)
        for name, place in (("W28", ("ZZ201", "2024-25-Q4")), ("W29", ("ZZ102", "2024-25-Q1")))
    ),
    *(
        _fault(name, place, "lesion", constant(dist_vessel_mm="18", dist_bile_duct_mm="24"),
               (_query("T07", "max_diameter_mm"),
                _query("T08", "thermal_unsuitable_reason", "mdt_review")),
               _is_one_lesion_seen_by_mdt, is_patient_wide=True)
        for name, place in (("W30", ("ZZ301", "2025-26-Q3")), ("W31", ("ZZ102", "2026-27-Q1")))
    ),
    _fault("W32", ("ZZ101", "2024-25-Q4"), "lesion", constant(max_diameter_mm="30"),
           (_query("T07", "max_diameter_mm"),), _has_room_for_30_mm),
    *(
        _fault(name, place, "mdt_review", constant(thermal_unsuitable_reason="NONE"),
               (_query("T09", "thermal_unsuitable_reason"),))
        for name, place in (("W33", ("ZZ101", "2026-27-Q2")), ("W34", ("ZZ401", "2025-26-Q1")))
    ),
    _fault("W35", ("ZZ302", "2024-25-Q2"), "patient", constant(ecog_ps="3"),
           (_query("T14", "child_pugh_class"), *_unusual("patient", "ecog_ps")), _is_icca),
    _fault("W36", ("ZZ201", "2025-26-Q3"), "patient",
           constant(bilirubin="56", albumin="27", inr="1.1", ascites="MODERATE_SEVERE",
                     encephalopathy_grade="0", child_pugh_score="11", child_pugh_class="C"),
           (_query("T14", "child_pugh_class"),), _is_icca),
)  # fmt: skip


def _is_percutaneous(facts: Facts) -> bool:
    """True for a patient with one procedure, at which the risk would be seen."""
    done = [each for each in facts.export.held.procedures if each.patient is facts.patient]
    sent = facts.sent("procedure")
    is_last = len(sent) == 1 and Facts(facts.export, sent[0], facts.patient).is_last_version
    return len(done) == 1 and is_last and done[0].row["approach"] == "PERCUTANEOUS"


RISKS = (
    *(
        _fault(name, place, "patient", constant(inr="1.6"),
               (_query("T15", "approach", "procedure"),), _is_percutaneous, is_patient_wide=True)
        for name, place in (("W37", ("ZZ102", "2025-26-Q2")), ("W38", ("ZZ501", "2024-25-Q1")))
    ),
    *(
        _fault(name, place, "procedure", constant(cardiology_signoff_date=""),
               (Expected("P04", "B", "cardiology_signoff_date"),), _has_device,
               is_patient_wide=True)
        for name, place in (("B25", ("ZZ201", "2024-25-Q2")), ("B26", ("ZZ401", "2024-25-Q3")))
    ),
    *(
        _fault(name, place, "procedure", constant(cardiology_signoff_date=""),
               (_query("P04b", "cardiology_signoff_date"),), _has_history, is_patient_wide=True)
        for name, place in (("W39", ("ZZ101", "2025-26-Q1")), ("W40", ("ZZ102", "2025-26-Q3")))
    ),
    _fault("W41", ("ZZ101", "2025-26-Q4"), "patient", constant(epilepsy="Y"),
           (_query("P05", "arrhythmia_history"),)),
    _fault("W42", ("ZZ301", "2024-25-Q3"), "patient", constant(recent_mi_12m="Y"),
           (_query("P05", "arrhythmia_history"),)),
)  # fmt: skip


def _is_unscanned_yet(facts: Facts) -> bool:
    """True at discharge, with the scan at one month to come; the review sends the row anew."""
    is_claimed = facts.values["technical_success"] == "Y"
    return is_claimed and not facts.is_last_version and not facts.known("followup_imaging")


def _other_approach(facts: Facts) -> Mapping[str, str]:
    return {"opcs4": facts.values["opcs4"].replace("J12.8", "J03.2")}


def _without_y12(facts: Facts) -> Mapping[str, str]:
    return {"opcs4": ";".join(c for c in facts.values["opcs4"].split(";") if c != "Y12.3")}


PROCEDURES = (
    *(
        _fault(name, place, "procedure", constant(guidance=""),
               (_query("P06", "guidance"), _query("procedure.guidance.REQUIRED", "guidance")),
               _is_settled)
        for name, place in (("W43", ("ZZ102", "2024-25-Q2")), ("W44", ("ZZ302", "2025-26-Q4")))
    ),
    *(
        _fault(name, place, "procedure", constant(completion_imaging="NONE"),
               (_query("P17", "technical_success"),), _is_unscanned_yet)
        for name, place in (("W45", ("ZZ101", "2025-26-Q2")), ("W46", ("ZZ201", "2026-27-Q1")))
    ),
    *(
        _fault(name, place, "procedure", _other_approach, (_query("P18", "opcs4"),), _is_settled)
        for name, place in (("W47", ("ZZ102", "2025-26-Q1")), ("W48", ("ZZ401", "2024-25-Q1")))
    ),
    *(
        _fault(name, place, "procedure", _without_y12, (_query("P19", "opcs4"),), _is_settled)
        for name, place in (("W49", ("ZZ301", "2026-27-Q2")), ("W50", ("ZZ501", "2025-26-Q2")))
    ),
    *(
        _fault(name, place, "procedure", constant(max_sbp=pressure), (_query("P21", "max_sbp"),),
               _is_settled)
        for name, place, pressure in (
            ("W51", ("ZZ101", "2024-25-Q3"), "206"), ("W52", ("ZZ302", "2025-26-Q1"), "214"),
        )
    ),
)  # fmt: skip


def _tenth_of_currents(facts: Facts) -> Mapping[str, str]:
    names = ("current_start_a", "current_end_a", "current_max_a")
    return {name: text(round(_number(facts, name) / 10, 1)) for name in names}


def _zone_without_margin(facts: Facts) -> Mapping[str, str]:
    size = next(
        float(row["max_diameter_mm"])
        for row in facts.known("lesion")
        if row["lesion_id"] == facts.values["lesion_id"]
    )
    return {"ablation_zone_max_mm": text(round(size + 6, 1))}


def _is_covered(facts: Facts) -> bool:
    is_large = float(_zone_without_margin(facts)["ablation_zone_max_mm"]) >= 15
    return is_large and facts.values["complete_coverage_immediate"] == "Y"


def _stopped_early(facts: Facts) -> Mapping[str, str]:
    planned = int(facts.values["pulses_planned"])
    return {"pulses_delivered": "74", "aborted_pulses": str(planned - 74), "abort_code": "USER"}


PULSES = (
    *(
        _fault(name, place, "pulse_delivery", constant(angle_deg=angle),
               (_query("P10", "angle_deg"), *_unusual("pulse_delivery", "angle_deg")))
        for name, place, angle in (
            ("W53", ("ZZ101", "2024-25-Q2"), "13.5"), ("W54", ("ZZ301", "2025-26-Q1"), "11"),
        )
    ),
    *(
        _fault(name, place, "pulse_delivery", constant(voltage_v="1000"),
               (_query("P11", "voltage_v"),), lambda facts: _number(facts, "current_max_a") <= 45)
        for name, place in (("W55", ("ZZ201", "2025-26-Q4")), ("W56", ("ZZ601", "2025-26-Q4")))
    ),
    *(
        _fault(name, place, "pulse_delivery",
               constant(pulses_delivered="110", aborted_pulses="0", abort_code=""),
               (_query("P12a", "pulses_delivered"),
                *_unusual("pulse_delivery", "pulses_delivered")))
        for name, place in (("W57", ("ZZ102", "2025-26-Q4")), ("W58", ("ZZ401", "2025-26-Q2")))
    ),
    *(
        _fault(name, place, "pulse_delivery", _stopped_early, (_query("P12b", "pulses_delivered"),),
               lambda facts: _number(facts, "pulses_planned") >= 90)
        for name, place in (("W59", ("ZZ302", "2024-25-Q2")), ("W60", ("ZZ501", "2025-26-Q4")))
    ),
    *(
        _fault(name, place, "pulse_delivery", _tenth_of_currents,
               (_query("P15", "current_max_a"),
                *_unusual("pulse_delivery", "current_start_a", "current_end_a", "current_max_a")))
        for name, place in (("W61", ("ZZ101", "2025-26-Q3")), ("W62", ("ZZ302", "2026-27-Q2")))
    ),
    *(
        _fault(name, place, "lesion_treatment", _zone_without_margin,
               (_query("P16", "ablation_zone_max_mm"),), _is_covered)
        for name, place in (("W63", ("ZZ102", "2024-25-Q3")), ("W64", ("ZZ201", "2024-25-Q1")))
    ),
)  # fmt: skip

CARE = (*SELECTION, *RISKS, *PROCEDURES, *PULSES)
