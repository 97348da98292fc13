"""The faults that hold an export (R): in one that waits, and in two accepted without them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from sample_data._faults import Edit, Expected, Facts, Fault, Where, constant, put, with_finding

WAITING = ("ZZ102", "2026-27-Q2-second")
WORKBOOK = ("ZZ201", "2025-26-Q2")
PARQUET = ("ZZ301", "2026-27-Q1")


def _is_plain(facts: Facts) -> bool:
    return facts.is_plain


def _is_mild(facts: Facts) -> bool:
    """True for a complication without a report: its dates are free of other rules."""
    return facts.values["clavien_dindo"] in {"I", "II", "IIIa"}


def _cross(
    fault_id: str, place: tuple[str, str], table: str, rule: str, column: str, edit: Edit,
    where: Where = lambda facts: True, *, is_patient_wide: bool = True,
) -> Fault:  # fmt: skip
    """A fault that a cross-field or cross-table rule finds at its own row."""
    finds = (Expected(rule, "R", column),)
    return Fault(fault_id, *place, table, edit, finds, where, is_patient_wide)


def _shifted(target: str, source: str, days: int) -> Edit:
    """Set a date so many days from another of the patient's procedure, or of the row."""

    def edit(facts: Facts) -> Mapping[str, str]:
        procedure = facts.procedure()
        if source in facts.values:
            day = facts.day(source)
        elif procedure is not None:
            day = date.fromisoformat(procedure.values[source])
        else:
            return {}
        return {target: (day + timedelta(days=days)).isoformat()}

    return edit


def _after_death(column: str) -> Edit:
    def edit(facts: Facts) -> Mapping[str, str]:
        if facts.patient is None or facts.patient.death is None:
            return {}
        changed = {column: (facts.patient.death + timedelta(days=1)).isoformat()}
        return changed | ({"resolved_date": ""} if column == "onset_date" else {})

    return edit


def _death_was_told_later(facts: Facts) -> bool:
    told = [date.fromisoformat(row.values["status_date"]) for row in facts.sent("vital_status")]
    death = facts.patient.death if facts.patient else None
    return death is not None and bool(told) and told[0] > death


def _is_last_scan(facts: Facts) -> bool:
    days = [row.values["imaging_date"] for row in facts.sent("followup_imaging")]
    return _death_was_told_later(facts) and facts.values["imaging_date"] == max(days)


def _repeat(
    fault_id: str, place: tuple[str, str], table: str, column: str, changed: Mapping[str, str],
    where: Where = lambda facts: True,
) -> Fault:  # fmt: skip
    """A second row of a key, told apart only by one value."""
    finds = (Expected("K04a", "R", column),)
    return Fault(fault_id, *place, table, lambda facts: changed, finds, where, is_repeat=True)


def _orphan(
    fault_id: str, place: tuple[str, str], table: str, column: str, name: str,
    where: Where = lambda facts: True,
) -> Fault:  # fmt: skip
    edit = constant(**{column: name})
    return _cross(fault_id, place, table, "K05a", column, edit, where, is_patient_wide=False)


def _died_before(facts: Facts) -> Mapping[str, str]:
    procedure = facts.procedure()
    if procedure is None:
        return {}
    day = date.fromisoformat(procedure.values["procedure_date"]) - timedelta(days=1)
    return {"status": "DEAD", "death_date": day.isoformat(), "cause_category": "OTHER"}


def _has_no_follow_up(facts: Facts) -> bool:
    later = ("followup_imaging", "subsequent_treatment", "complication")
    proms = facts.sent("prom")
    is_baseline = all(row.values["timepoint"] == "BASELINE" for row in proms)
    return is_baseline and not any(facts.sent(table) for table in later)


def _is_recent(facts: Facts) -> bool:
    procedure = facts.procedure()
    return procedure is not None and procedure.values["procedure_date"] >= "2026-07-01"


def _to_metastasis(facts: Facts) -> Mapping[str, str]:
    return {"tumour_type": "OTHER_PRIMARY", "cholangio_category": "", "icd10_primary": "C78.7"}


def _born_after(facts: Facts) -> Mapping[str, str]:
    year, month = facts.values["birth_year_month"].split("-")
    return {"diagnosis_date": f"{int(year) - 1}-{month}-17"}


def _is_type(tumour: str) -> Where:
    return lambda facts: facts.values["tumour_type"] == tumour


IN_WORKBOOK = (
    put("X01", WORKBOOK, ("patient", "albumin", "38,5"), "NUMBER", where=_is_plain),
    put("X02", WORKBOOK, ("mdt_review", "attended_pathology", "PRESENT"), "TYPE", where=_is_plain),
    put("X03", WORKBOOK, ("lesion", "baseline_imaging_date", "07/25/2025"), "DATE_FORMAT",
        where=_is_plain),
    put("X04", WORKBOOK, ("prom", "mode", "POST"), "CODE", where=_is_plain),
    put("X05", WORKBOOK, ("prom", "language", "English"), "PATTERN", where=_is_plain),
    put("X06", WORKBOOK, ("pulse_delivery", "tip_depth_offset_mm", "60"), "HARD",
        where=_is_plain),
    put("X07", WORKBOOK, ("pulse_delivery", "tip_depth_offset_mm", "75"), "HARD",
        where=_is_plain),
    _repeat("X08", WORKBOOK, "lesion", "lesion_id", {"dist_other_mm": "12"}, _is_plain),
    _orphan("X09", WORKBOOK, "pulse_delivery", "lesion_id", "ZZ201-L9999-1", _is_plain),
    _cross("X10", WORKBOOK, "patient", "T03b", "cholangio_category",
           constant(cholangio_category="INTRAHEPATIC"),
           lambda facts: _is_plain(facts) and facts.values["tumour_type"] == "HCC",
           is_patient_wide=False),
    _cross("X18", WORKBOOK, "pulse_delivery", "P14", "current_max_a",
           constant(current_max_a="20.5"),
           lambda facts: _is_plain(facts) and float(facts.values["current_start_a"]) > 21,
           is_patient_wide=False),
    _cross("X11", WORKBOOK, "procedure", "D01c", "admission_date",
           _shifted("admission_date", "procedure_date", 1), _is_plain, is_patient_wide=False),
)  # fmt: skip

IN_PARQUET = (
    put("X12", PARQUET, ("patient", "diagnosis_basis", "CYTOLOGY"), "CODE", where=_is_plain),
    put("X13", PARQUET, ("procedure", "opcs4", "J12.8;Y12.3;Y539"), "PATTERN",
        where=lambda facts: _is_plain(facts) and "J12.8" in facts.values["opcs4"]),
    put("X14", PARQUET, ("pulse_delivery", "tip_depth_offset_mm", "88"), "HARD",
        where=_is_plain),
    _repeat("X15", PARQUET, "prom", "patient_pseudo_id", {"mode": "PROXY"},
            lambda facts: _is_plain(facts) and facts.values["mode"] != "PROXY"),
    _orphan("X16", PARQUET, "lesion_response", "imaging_id", "ZZ301-I9999-1", _is_plain),
    _cross("X19", PARQUET, "procedure", "T12a", "n_lesions_treated",
           constant(n_lesions_treated="3"), _is_plain, is_patient_wide=False),
    _cross("X17", PARQUET, "patient", "D01a", "diagnosis_date", _born_after, _is_plain,
           is_patient_wide=False),
)  # fmt: skip

CELLS_WAITING = (
    put("R01", WAITING, ("followup_imaging", "modality", "XRAY"), "CODE"),
    put("R02", WAITING, ("procedure", "volatile_agent", "XENON"), "CODE"),
    put("R03", WAITING, ("patient", "birth_year_month", "03/1958"), "PATTERN"),
    put("R04", WAITING, ("research_enrolment", "site_ods_code", "#REF!"), "TYPE"),
    put("R05", WAITING, ("procedure", "unplanned_icu", "MAYBE"), "TYPE"),
    put("R06", WAITING, ("lesion", "max_diameter_mm", "24,5"), "NUMBER"),
    put("R07", WAITING, ("pulse_delivery", "spacing_mm", "17,5"), "NUMBER"),
    put("R08", WAITING, ("procedure", "readmission_30d_date", "13-Aug-25"), "DATE_FORMAT"),
    put("R09", WAITING, ("lesion", "baseline_imaging_date", "2026-02-30"), "DATE_IMPOSSIBLE"),
    put("R10", WAITING, ("prom", "completed_date", "31/09/2025"), "DATE_IMPOSSIBLE"),
    put("R11", WAITING, ("operator", "cct_or_equiv_date", "2031-08-05"), "DATE_FUTURE"),
    put(
        "R12",
        WAITING,
        ("complication", "duty_of_candour_date", "2027-01-15"),
        "DATE_FUTURE",
        where=_is_mild,
    ),
    put("R13", WAITING, ("procedure", "total_procedure_minutes", "1000"), "HARD"),
    put("R14", WAITING, ("procedure", "comment", "Needles moved. " * 40), "HARD"),
    put("R15", WAITING, ("complication", "clavien_dindo", ""), "REQUIRED", where=_is_mild),
    put("R16", WAITING, ("prom", "completed_date", ""), "REQUIRED"),
)

CROSS_WAITING = (
    _repeat("R17", WAITING, "lesion", "lesion_id", {"dist_other_mm": "9"}),
    _orphan("R18", WAITING, "pulse_delivery", "procedure_id", "ZZ102-P9999-1"),
    with_finding(
        _cross("R19", WAITING, "patient", "D01b", "diagnosis_date",
               _shifted("diagnosis_date", "procedure_date", 2),
               lambda facts: facts.procedure() is not None and len(facts.sent("mdt_review")) == 1),
        Expected("D01f", "W", "meeting_date", "mdt_review"),
    ),
    with_finding(
        _cross("R20", WAITING, "patient", "D01b", "diagnosis_date",
               _shifted("diagnosis_date", "procedure_date", 9),
               lambda facts: facts.procedure() is not None and len(facts.sent("mdt_review")) == 1),
        Expected("D01f", "W", "meeting_date", "mdt_review"),
    ),
    _cross("R21", WAITING, "patient", "D01a", "diagnosis_date", _born_after),
    _cross("R22", WAITING, "procedure", "D01c", "admission_date",
           _shifted("admission_date", "procedure_date", 1), is_patient_wide=False),
    *(
        _cross(name, WAITING, "procedure", "D01d", "discharge_date",
               _shifted("discharge_date", "procedure_date", -1),
               lambda facts: facts.values["admission_date"] < facts.values["procedure_date"],
               is_patient_wide=False)
        for name in ("R23", "R24")
    ),
    *(
        Fault(name, *WAITING, "vital_status", _died_before,
              (Expected("D14", "R", "procedure_date", "procedure"),),
              lambda facts: facts.procedure() is not None and _has_no_follow_up(facts),
              is_patient_wide=True)
        for name in ("R37", "R38")
    ),
    *(
        _cross(name, WAITING, "vital_status", "D01e", "status_date",
               _shifted("status_date", "procedure_date", -2),
               lambda facts: _is_recent(facts) and facts.values["status"] == "ALIVE")
        for name in ("R25", "R26")
    ),
    *(
        _cross(name, WAITING, "complication", "D12a", "onset_date",
               _shifted("onset_date", "procedure_date", -2), _is_mild, is_patient_wide=False)
        for name in ("R27", "R28")
    ),
    *(
        _cross(name, WAITING, "complication", "D12b", "onset_date", _after_death("onset_date"),
               lambda facts: _is_mild(facts) and _death_was_told_later(facts),
               is_patient_wide=False)
        for name in ("R29", "R30")
    ),
    *(
        _cross(name, WAITING, "followup_imaging", "D13a", "imaging_date",
               _after_death("imaging_date"), _is_last_scan, is_patient_wide=False)
        for name in ("R31", "R32")
    ),
    *(
        _cross(name, WAITING, "prom", "D13b", "completed_date", _after_death("completed_date"),
               lambda facts: facts.values["timepoint"] != "BASELINE"
               and _death_was_told_later(facts), is_patient_wide=False)
        for name in ("R33", "R34")
    ),
    *(
        _cross(name, WAITING, "subsequent_treatment", "D13c", "treatment_date",
               _after_death("treatment_date"), _death_was_told_later)
        for name in ("R35", "R36")
    ),
    *(
        _cross(name, WAITING, "patient", "T02", "icd10_primary", _to_metastasis,
               _is_type("ICCA"))
        for name in ("R39", "R40")
    ),
    *(
        _cross(name, WAITING, "patient", "T03a", "bclc_stage", constant(bclc_stage="B"),
               _is_type("ICCA"))
        for name in ("R41", "R42")
    ),
    _cross("R43", WAITING, "patient", "T03b", "cholangio_category",
           constant(cholangio_category="PERIHILAR"), _is_type("HCC")),
    *(
        _cross(name, WAITING, "complication", "O01", "nice_category",
               constant(nice_category=category),
               lambda facts: facts.values["nice_category"] in {"BLEEDING", "OTHER"},
               is_patient_wide=False)
        for name, category in (("R44", "ADJACENT_STRUCTURE"), ("R45", "ADJACENT_STRUCTURE"))
    ),
    *(
        _cross(name, WAITING, "procedure", "O05", "no_complication_confirmed",
               constant(no_complication_confirmed="Y"),
               lambda facts: any(
                   row.values["procedure_id"] == facts.values["procedure_id"]
                   for row in facts.sent("complication")
               ), is_patient_wide=False)
        for name in ("R46", "R47")
    ),
)  # fmt: skip

HELD = (*IN_WORKBOOK, *IN_PARQUET, *CELLS_WAITING, *CROSS_WAITING)
