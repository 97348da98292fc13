"""The faults in exports that go in all the same: queries (W) and breaches (B)."""

from __future__ import annotations

from datetime import date, timedelta

from sample_data._faults import Expected, Facts, Fault, put, with_finding


def _is_last(facts: Facts) -> bool:
    return facts.is_last_version


def _is_hcc(facts: Facts) -> bool:
    return facts.values["tumour_type"] == "HCC"


def _is_icca(facts: Facts) -> bool:
    return facts.values["tumour_type"] == "ICCA"


QUERIES = (
    put("W01", ("ZZ101", "2024-25-Q2"), ("patient", "ethnic_category", ""), "REQUIRED"),
    put("W02", ("ZZ201", "2024-25-Q3"), ("patient", "asa_grade", ""), "REQUIRED"),
    put("W03", ("ZZ301", "2024-25-Q4"), ("lesion_treatment", "ablation_zone_max_mm", ""),
        "REQUIRED"),
    put("W04", ("ZZ302", "2024-25-Q2"), ("procedure", "defib_pads_applied", ""), "REQUIRED",
        where=_is_last),
    put("W05", ("ZZ401", "2024-25-Q2"), ("lesion", "nearest_vessel", ""), "REQUIRED"),
    put("W06", ("ZZ501", "2025-26-Q1"), ("vital_status", "source", ""), "REQUIRED"),
    put("W07", ("ZZ102", "2025-26-Q3"), ("mdt_review", "attended_oncology", ""), "REQUIRED"),
    put("W08", ("ZZ101", "2025-26-Q2"), ("patient", "afp", ""), "REQUIRED", where=_is_hcc),
    put("W09", ("ZZ101", "2024-25-Q3"), ("patient", "afp", "2840"), "PLAUSIBLE", where=_is_hcc),
    put("W10", ("ZZ201", "2024-25-Q2"), ("procedure", "total_procedure_minutes", "345"),
        "PLAUSIBLE", where=_is_last),
    put("W11", ("ZZ301", "2025-26-Q2"), ("lesion_treatment", "planned_margin_mm", "12"),
        "PLAUSIBLE"),
    put("W12", ("ZZ302", "2024-25-Q4"), ("procedure", "volatile_mac_hours", "14.5"),
        "PLAUSIBLE", where=lambda facts: facts.values["volatile_agent"] != "TIVA"),
    put("W13", ("ZZ501", "2024-25-Q3"), ("procedure", "max_sbp", "92"), "PLAUSIBLE"),
)  # fmt: skip


def _unknown(fault_id: str, place: tuple[str, str], table: str, column: str, name: str) -> Fault:
    finds = (Expected("K05b", "W", column),)
    return Fault(
        fault_id, *place, table, lambda facts: {column: name}, finds,
        lambda facts: bool(facts.values[column]), is_patient_wide=True,
    )  # fmt: skip


def _moved_meeting(facts: Facts, days: int) -> dict[str, str]:
    """The MDT's meeting, so many days after the procedure that it was for."""
    procedure = facts.procedure()
    if procedure is None:
        return {}
    day = date.fromisoformat(procedure.values["procedure_date"]) + timedelta(days=days)
    return {"meeting_date": day.isoformat()}


def _is_last_procedure(facts: Facts) -> bool:
    """True where the export has the one procedure, and no later one sends it again."""
    procedure = facts.procedure()
    return procedure is not None and Facts(facts.export, procedure, None).is_last_version


def _was_known_long(facts: Facts) -> bool:
    patient = facts.patient
    is_first = patient is not None and facts.values["mdt_id"].endswith("-1")
    days = (patient.first_procedure - patient.diagnosed).days if patient else 0
    return is_first and days > 125 and _is_last_procedure(facts)


def _diagnosed_after_meeting(facts: Facts) -> dict[str, str]:
    met = date.fromisoformat(facts.sent("mdt_review")[0].values["meeting_date"])
    return {"diagnosis_date": (met + timedelta(days=4)).isoformat()}


def _has_one_mdt(facts: Facts) -> bool:
    return len(facts.sent("mdt_review")) == 1


def _imaged_long_before(facts: Facts) -> dict[str, str]:
    if facts.patient is None:
        return {}
    day = facts.patient.first_procedure - timedelta(days=61)
    return {"baseline_imaging_date": day.isoformat()}


LINKS_AND_DATES = (
    _unknown("W14", ("ZZ101", "2024-25-Q4"), "procedure", "mdt_id", "ZZ101-M9999-1"),
    _unknown("W15", ("ZZ401", "2025-26-Q2"), "procedure", "approval_id", "ZZ401-A9"),
    _unknown("W16", ("ZZ302", "2024-25-Q3"), "research_enrolment", "study_id", "STUDY-09"),
    _unknown("W17", ("ZZ301", "2024-25-Q2"), "procedure", "second_operator_pseudo_id",
             "OPFFFFFFFFFFFFFF"),
    *(
        Fault(name, site, label, "patient", _diagnosed_after_meeting,
              (Expected("D01f", "W", "meeting_date", "mdt_review"),), _has_one_mdt,
              is_patient_wide=True)
        for name, site, label in (("W18", "ZZ102", "2024-25-Q3"), ("W19", "ZZ401", "2024-25-Q3"))
    ),
    *(
        Fault(name, site, label, "mdt_review", lambda facts: _moved_meeting(facts, -112),
              (Expected("D03", "W", "mdt_id", "procedure"),), _was_known_long,
              is_patient_wide=True)
        for name, site, label in (("W20", "ZZ102", "2024-25-Q4"), ("W21", "ZZ501", "2024-25-Q2"))
    ),
    *(
        Fault(name, site, label, "lesion", _imaged_long_before,
              (Expected("D11", "W", "baseline_imaging_date"),), is_patient_wide=True)
        for name, site, label in (("W22", "ZZ301", "2025-26-Q1"), ("W23", "ZZ101", "2026-27-Q1"))
    ),
    Fault("W24", "ZZ102", "2025-26-Q1", "patient", lambda facts: {"icd10_primary": "C22.1"},
          (Expected("T01", "W", "icd10_primary"),), _is_hcc),
    Fault("W25", "ZZ401", "2025-26-Q4", "patient", lambda facts: {"icd10_primary": "C22.0"},
          (Expected("T01", "W", "icd10_primary"),), _is_icca),
)  # fmt: skip


def _breach(
    fault_id: str, place: tuple[str, str], rule: str, column: str, changed: dict[str, str]
) -> Fault:
    """A procedure done against the guidance, in its last version so that it stays."""
    return Fault(
        fault_id, *place, "procedure", lambda facts: changed, (Expected(rule, "B", column),),
        lambda facts: facts.is_last_version and not facts.row.record.breaches,
        is_patient_wide=True,
    )  # fmt: skip


def _by_mdt(fault_id: str, place: tuple[str, str], rule: str, changed: dict[str, str]) -> Fault:
    """An MDT that should not have led to the procedure linked to it."""
    return Fault(
        fault_id, *place, "mdt_review", lambda facts: changed,
        (Expected(rule, "B", "mdt_id", "procedure"),), _is_last_procedure, is_patient_wide=True,
    )  # fmt: skip


def _pulse(fault_id: str, place: tuple[str, str], rule: str, changed: dict[str, str]) -> Fault:
    column = "ecg_sync" if rule == "P03b" else "parallel_confirmed"
    return Fault(
        fault_id, *place, "pulse_delivery", lambda facts: changed, (Expected(rule, "B", column),)
    )


def _observer(facts: Facts) -> dict[str, str]:
    staff = facts.export.held.staff
    return {"primary_operator_pseudo_id": staff.observer, "supervised": "N"}


def _expired(facts: Facts) -> dict[str, str]:
    return {"approval_id": facts.export.held.staff.approvals[0][0]}


def _is_after_renewal(facts: Facts) -> bool:
    renewed = facts.export.held.staff.approvals[1][1]
    return facts.is_last_version and facts.day("procedure_date") >= renewed


def _without_block(fault: Fault) -> Fault:
    queries = (
        Expected(f"procedure.{column}.REQUIRED", "W", column)
        for column in ("nmb_agent", "tof_count_at_first_pulse")
    )
    return with_finding(fault, *queries)


BREACHES = (
    _breach("B01", ("ZZ102", "2024-25-Q2"), "D02", "mdt_id", {"mdt_id": ""}),
    Fault("B02", "ZZ301", "2025-26-Q4", "mdt_review", lambda facts: _moved_meeting(facts, 3),
          (Expected("D02", "B", "mdt_id", "procedure"),), _is_last_procedure,
          is_patient_wide=True),
    *(
        Fault(name, site, label, "procedure", _observer,
              (Expected("D08", "B", "primary_operator_pseudo_id"),),
              lambda facts: facts.is_last_version and facts.values["supervised"] == "N",
              is_patient_wide=True)
        for name, site, label in (
            ("B03", "ZZ101", "2025-26-Q3"), ("B04", "ZZ201", "2026-27-Q1"),
            ("B05", "ZZ302", "2026-27-Q1"),
        )
    ),
    _breach("B06", ("ZZ101", "2026-27-Q2"), "D10", "approval_id", {"approval_id": ""}),
    Fault("B07", "ZZ401", "2026-27-Q2", "procedure", _expired,
          (Expected("D10", "B", "approval_id"),), _is_after_renewal, is_patient_wide=True),
    _breach("B08", ("ZZ201", "2025-26-Q4"), "P01", "anaesthesia", {"anaesthesia": "SEDATION"}),
    _breach("B09", ("ZZ401", "2025-26-Q1"), "P01", "anaesthesia", {"anaesthesia": "REGIONAL"}),
    _breach("B10", ("ZZ102", "2025-26-Q4"), "P02", "nmb_used",
            {"tof_count_at_first_pulse": "2"}),
    _without_block(
        _breach("B11", ("ZZ501", "2026-27-Q1"), "P02", "nmb_used",
                {"nmb_used": "N", "nmb_agent": "", "tof_count_at_first_pulse": ""})
    ),
    _breach("B12", ("ZZ101", "2024-25-Q2"), "P03a", "ecg_sync_used", {"ecg_sync_used": "N"}),
    _breach("B13", ("ZZ301", "2024-25-Q1"), "P03a", "ecg_sync_used", {"ecg_sync_used": "N"}),
    _pulse("B14", ("ZZ102", "2024-25-Q3"), "P03b", {"ecg_sync": "N"}),
    _pulse("B15", ("ZZ201", "2025-26-Q1"), "P03b", {"ecg_sync": "N"}),
    _pulse("B16", ("ZZ302", "2026-27-Q1"), "P09", {"spacing_verified_imaging": "NO"}),
    _pulse("B17", ("ZZ301", "2025-26-Q2"), "P09", {"parallel_confirmed": "N"}),
    _pulse("B18", ("ZZ601", "2024-25-Q3"), "P09", {"parallel_confirmed": "N"}),
    *(
        Fault(name, site, label, "complication",
              lambda facts: {"device_related_suspected": "Y"},
              (Expected("O15", "B", "yellow_card_ref"),),
              lambda facts: not facts.values["yellow_card_ref"])
        for name, site, label in (("B19", "ZZ102", "2024-25-Q4"), ("B20", "ZZ101", "2025-26-Q1"))
    ),
    _by_mdt("B21", ("ZZ101", "2025-26-Q4"), "T10", {"recommendation": "THERMAL_ABLATION"}),
    _by_mdt("B22", ("ZZ302", "2025-26-Q3"), "T10", {"recommendation": "TACE"}),
    _by_mdt("B23", ("ZZ501", "2025-26-Q2"), "T11", {"mdt_level": "LOCAL"}),
    _by_mdt("B24", ("ZZ401", "2024-25-Q4"), "T11", {"mdt_level": "LOCAL"}),
)  # fmt: skip

ACCEPTED = (*QUERIES, *LINKS_AND_DATES, *BREACHES)
