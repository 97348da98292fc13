"""Outcomes and questionnaires, told a second time: O01 to O21 and D18."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np

from expectations.dictionary import code_lists
from tests.sample_data.oracle import Found, Row, Rule, State

PATIENT = "patient_pseudo_id"
GRADES = ("I", "II", "IIIa", "IIIb", "IVa", "IVb", "V")
ACTS = {"DRAIN", "ERCP", "EMBOLISATION", "CARDIOVERSION", "SURGERY", "ICU"}
# instrument: lowest answer, highest, and the items with another highest answer
ANSWERS = {
    "EQ-5D-5L": (1, 5, {}),
    "QLQ-C30": (1, 4, {29: 7, 30: 7}),
    "QLQ-HCC18": (1, 4, {}),
    "FACT-Hep": (0, 4, {}),
}
BANK_HOLIDAYS = [
    *("2024-04-01", "2024-05-06", "2024-05-27", "2024-08-26", "2024-12-25", "2024-12-26"),
    *("2025-01-01", "2025-04-18", "2025-04-21", "2025-05-05", "2025-05-26", "2025-08-25"),
    *("2025-12-25", "2025-12-26", "2026-01-01", "2026-04-03", "2026-04-06", "2026-05-04"),
    *("2026-05-25", "2026-08-31", "2026-12-25", "2026-12-28"),
]
DATED = (
    ("complication", "onset_date"), ("followup_imaging", "imaging_date"),
    ("subsequent_treatment", "treatment_date"), ("prom", "completed_date"),
    ("vital_status", "status_date"), ("procedure", "procedure_date"),
    ("mdt_review", "meeting_date"),
)  # fmt: skip


def categories(state: State) -> Iterator[Found]:
    groups = code_lists()["subtype"].groups
    for row in state.all("complication"):
        if row["subtype"] not in groups[row["nice_category"]]:
            yield "O01", row, "nice_category"
        if row["device_related_suspected"] == "Y" and not row["yellow_card_ref"]:
            yield "O15", row, "yellow_card_ref"
    for row in state.all("procedure"):
        has_any = state.where("complication", "procedure_id", row["procedure_id"])
        if row["no_complication_confirmed"] is True and has_any:
            yield "O05", row, "no_complication_confirmed"


def grades(state: State) -> Iterator[Found]:
    for row in state.all("complication"):
        grade = (row["clavien_dindo"] or "").removesuffix("d")
        if grade not in GRADES:
            continue
        rank = GRADES.index(grade)
        status = state.one("vital_status", PATIENT, row[PATIENT])
        is_dead = status is not None and status["status"] == "DEAD"
        procedure = state.one("procedure", "procedure_id", row["procedure_id"])
        is_same_day = procedure is not None and row["onset_date"] == procedure["procedure_date"]
        is_untold = grade == "V" and not is_dead
        fatal = [
            row["ctcae_grade"] and row["ctcae_grade"] == 5,
            row["cirse_grade"] and row["cirse_grade"] == "6",
            row["sir_grade"] and row["sir_grade"] in {"F", "DEATH"},
        ]
        do_differ = any(each is not None and each != (grade == "V") for each in fatal)
        if do_differ or (is_untold and status is not None and not is_same_day):
            yield "O02", row, "clavien_dindo"
        if is_untold and is_same_day:
            yield "D18", row, "clavien_dindo"
        if rank >= GRADES.index("IIIa") and row["intervention"] and not ACTS & row["intervention"]:
            yield "O03", row, "intervention"
        if rank >= GRADES.index("IIIb"):
            yield from _told(row)


def _told(row: Row) -> Iterator[Found]:
    told, recorded = row["duty_of_candour_date"], row["recorded_date"]
    if not row["lfpse_ref"]:
        yield "O16a", row, "lfpse_ref"
    if not row["yellow_card_ref"] and row["device_related_suspected"] != "Y":
        yield "O21", row, "yellow_card_ref"
    if told is None or (recorded is not None and _working_days(recorded, told) > 10):
        yield "O16b", row, "duty_of_candour_date"


def _working_days(since: date, until: date) -> int:
    """The working days after one day up to another, without England's bank holidays."""
    after = (since + timedelta(days=1), until + timedelta(days=1))
    return int(np.busday_count(*after, holidays=BANK_HOLIDAYS))


def seeding(state: State) -> Iterator[Found]:
    for row in state.all("complication"):
        procedure = state.one("procedure", "procedure_id", row["procedure_id"])
        days = (row["onset_date"], procedure and procedure["procedure_date"])
        if row["nice_category"] != "SEEDING" or None in days:
            continue
        scans = state.where("followup_imaging", PATIENT, row[PATIENT])
        is_seen = any(scan["new_lesion"] == "NEEDLE_TRACT" for scan in scans)
        if (days[0] - days[1]).days < 30 or not is_seen:
            yield "O06", row, "nice_category"


def scans(state: State) -> Iterator[Found]:
    for patient in state.all("patient"):
        lowest = None
        rows = list(state.where("followup_imaging", PATIENT, patient[PATIENT]))
        for row in sorted(rows, key=lambda row: row["imaging_date"] or date.max):
            sums = (row["sum_baseline_mm"], row["sum_viable_mm"])
            if None not in sums and row["overall_response"] not in {None, "NE"}:
                lowest = sums[0] if lowest is None else lowest
                if row["overall_response"] != _response(row, lowest):
                    yield "O08", row, "overall_response"
                lowest = min(lowest, sums[1])
            is_for_hcc = row["criteria"] in {
                "mRECIST",
                "LIRADS_TRA_v2018",
                "LIRADS_TRA_v2024_NONRAD",
            }
            if is_for_hcc and patient["tumour_type"] == "ICCA":
                yield "O10", row, "criteria"


def _response(row: Row, lowest: float) -> str:
    baseline, viable = row["sum_baseline_mm"], row["sum_viable_mm"]
    if row["new_lesion"] != "NONE":
        return "PD"
    if viable == 0:
        return "CR"
    least = 0 if row["criteria"] == "mRECIST" else lowest + 5  # RECIST 1.1 alone asks for 5 mm
    if round(viable, 1) >= round(max(1.2 * lowest, least), 3):
        return "PD"
    return "PR" if round(viable, 3) <= round(0.7 * baseline, 3) else "SD"


def responses(state: State) -> Iterator[Found]:
    for row in state.all("lesion_response"):
        scan = state.one("followup_imaging", "imaging_id", row["imaging_id"])
        if scan is None:
            continue
        if row["local_tumour_progression"] == "Y" and not _was_clear_before(state, row, scan):
            yield "O07", row, "local_tumour_progression"
        if (row["viable_diameter_mm"] or 0) > 0 and scan["overall_response"] == "CR":
            yield "O09a", row, "viable_diameter_mm"
        if (row["viable_diameter_mm"] or 0) > 0 and row["lirads_tr"] == "LR-TR-NONVIABLE":
            yield "O09b", row, "viable_diameter_mm"


def answers_due(state: State) -> Iterator[Found]:
    """What the tumour type and the visit ask of a lesion's response."""
    for row in state.all("lesion_response"):
        lesion = state.one("lesion", "lesion_id", row["lesion_id"])
        patient = lesion and state.one("patient", PATIENT, lesion[PATIENT])
        if patient and patient["tumour_type"] == "HCC" and not row["lirads_tr"]:
            yield "O18", row, "lirads_tr"
        scan = state.one("followup_imaging", "imaging_id", row["imaging_id"])
        visit = scan and scan["nominal_visit"]
        if visit == "M1" and not row["technique_efficacy"]:
            yield "O19", row, "technique_efficacy"
        if visit and visit not in {"D1", "M1"} and not row["local_tumour_progression"]:
            yield "O20", row, "local_tumour_progression"


def _was_clear_before(state: State, row: Row, scan: Row) -> bool:
    for other in state.where("lesion_response", "lesion_id", row["lesion_id"]):
        earlier = state.one("followup_imaging", "imaging_id", other["imaging_id"])
        is_earlier = earlier is not None and earlier["imaging_date"] < scan["imaging_date"]
        if is_earlier and other["technique_efficacy"] == "Y":
            return True
    return False


def questionnaires(state: State) -> Iterator[Found]:
    for row in state.all("prom"):
        low, high, others = ANSWERS[row["instrument"]]
        answers = {n: row[f"item_{n:02d}"] for n in range(1, 46)}
        wrong = [
            n for n, a in answers.items() if a is not None and not low <= a <= others.get(n, high)
        ]
        if row["instrument"] == "EQ-5D-5L":
            yield from _eq5d(row, answers, wrong)
        else:
            for number in wrong:
                yield "O13a", row, f"item_{number:02d}"
        procedure = state.one("procedure", "procedure_id", row["procedure_id"])
        days = (row["completed_date"], procedure and procedure["procedure_date"])
        if row["timepoint"] == "BASELINE" and None not in days and days[0] > days[1]:
            yield "O14", row, "completed_date"


def _eq5d(row: Row, answers: dict[int, float | None], wrong: list[int]) -> Iterator[Found]:
    profile = [answers[n] for n in range(1, 6)]
    for number in wrong:
        if number <= 5:
            yield "O12a", row, f"item_{number:02d}"
    is_well, is_ill = set(profile) == {1}, set(profile) == {5}
    vas = row["vas"]
    if vas is not None and ((is_well and vas < 50) or (is_ill and vas > 80)):
        yield "O12b", row, "vas"


def withdrawals(state: State) -> Iterator[Found]:
    for enrolment in state.all("research_enrolment"):
        stopped = enrolment["withdrawal_date"]
        if enrolment["withdrawal_scope"] != "NO_FURTHER_DATA" or stopped is None:
            continue
        for table, column in DATED:
            for row in state.where(table, PATIENT, enrolment[PATIENT]):
                if row[column] and row[column] > stopped:
                    yield "O17", row, column


OUTCOMES: tuple[Rule, ...] = (
    categories, grades, seeding, scans, responses, answers_due, questionnaires, withdrawals,
)  # fmt: skip
