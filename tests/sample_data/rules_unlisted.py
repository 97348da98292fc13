"""The domain's other rules, which no check knows yet: the sample data break none of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np

from expectations.dictionary import site_tables
from tests.sample_data.oracle import NUMBER, Found, Row, Rule, State
from tests.sample_data.reading import Sent

EVENTS = (
    ("procedure", ("procedure_date",)),
    ("complication", ("onset_date", "recorded_date", "resolved_date")),
    ("followup_imaging", ("imaging_date",)),
    ("prom", ("completed_date",)),
    ("subsequent_treatment", ("treatment_date",)),
)
GRADE_V = {"V", "Vd"}
SEVERE = {"IIIb", "IVa", "IVb", "V", "IIIbd", "IVad", "IVbd"}
MAJOR = SEVERE | {"IIIa", "IIIad"}
ACTS = {"DRAIN", "ERCP", "EMBOLISATION", "CARDIOVERSION", "SURGERY", "ICU"}


def late_words(state: State) -> Iterator[Found]:
    for row in state.all("complication"):
        report, recorded = row["yellow_card_date"], row["recorded_date"]
        if report and recorded and (report - recorded).days > 30:
            yield "D15", row, "yellow_card_date"
        is_fatal = row["clavien_dindo"] in GRADE_V
        status = state.one("vital_status", "patient_pseudo_id", row["patient_pseudo_id"])
        is_dead = status is not None and status["status"] == "DEAD"
        if is_fatal and not is_dead:
            yield "D18", row, "clavien_dindo"
        if row["clavien_dindo"] and is_fatal != (row["ctcae_grade"] == 5):
            yield "O02", row, "ctcae_grade"
        if row["clavien_dindo"] and row["cirse_grade"] and is_fatal != (row["cirse_grade"] == "6"):
            yield "O02", row, "cirse_grade"
        if row["clavien_dindo"] in MAJOR and not ACTS & (row["intervention"] or frozenset()):
            yield "O03", row, "intervention"
        if row["clavien_dindo"] in SEVERE:
            told = row["duty_of_candour_date"]
            is_late = told is None or np.busday_count(row["onset_date"], told) > 10
            if is_late or not row["lfpse_ref"] or not row["yellow_card_ref"]:
                yield "O16", row, "duty_of_candour_date"
        for column in ("resolved_date", "yellow_card_date"):
            if row["onset_date"] and row[column] and row[column] < row["onset_date"]:
                yield "onset", row, column
    for row in state.all("vital_status"):
        days = [
            event[column]
            for table, columns in EVENTS
            for event in state.where(table, "patient_pseudo_id", row["patient_pseudo_id"])
            for column in columns
            if event[column]
        ]
        if row["status_date"] and days and row["status_date"] < max(days):
            yield "D16", row, "status_date"
        is_stale = (state.extracted - row["status_date"]).days > 182
        if row.line and row["status"] == "ALIVE" and is_stale:
            yield "D17", row, "status_date"


def selection(state: State) -> Iterator[Found]:
    for row in state.all("patient"):
        patient = row["patient_pseudo_id"]
        sizes = [
            x["max_diameter_mm"] or 1 for x in state.where("lesion", "patient_pseudo_id", patient)
        ]
        stage, score, ecog = row["bclc_stage"], row["child_pugh_score"], row["ecog_ps"]
        parts = [row[n] for n in ("bilirubin", "albumin", "inr", "ascites", "encephalopathy_grade")]
        if None not in parts:
            bilirubin, albumin, inr, ascites, grade = parts
            points = 1 + (bilirubin >= 34) + (bilirubin > 50) + 1 + (albumin <= 35) + (albumin < 28)
            points += 1 + (inr >= 1.7) + (inr > 2.3) + 1 + (grade >= 1) + (grade >= 3)
            points += {"NONE": 1, "MILD_CONTROLLED": 2, "MODERATE_SEVERE": 3}[ascites]
            if points != score:
                yield "T05", row, "child_pugh_score"
        if row["child_pugh_class"] != ("A" if score <= 6 else "B" if score <= 9 else "C"):
            yield "T05", row, "child_pugh_class"
        is_first = stage == "0" and (len(sizes) > 1 or max(sizes) > 20 or ecog or score > 6)
        is_a = stage == "A" and len(sizes) > 1 and (len(sizes) > 3 or max(sizes) > 30)
        if is_first or is_a or ((stage == "D") != (score >= 10 or ecog >= 3) and stage):
            yield "T04", row, "bclc_stage"
        if (row["albumin"] or 40) < 10 or (row["bilirubin"] or 9) < 1:
            yield "T06", row, "albumin"
        if ecog >= 3 or row["child_pugh_class"] == "C":
            yield "T14", row, "ecog_ps"
        if (row["platelets"] or 99) < 50 or (row["inr"] or 1) > 1.5:
            yield "T15", row, "platelets"
        if row["arrhythmia_history"] in {"VT_VF", "AF_FLUTTER"} or "Y" in {
            row["recent_mi_12m"], row["epilepsy"],
        }:  # fmt: skip
            yield "P05", row, "arrhythmia_history"
        for procedure in state.procedures_of(patient):
            is_at_risk = row["cardiac_device"] != "NONE" or row["arrhythmia_history"] != "NONE"
            signed = procedure["cardiology_signoff_date"]
            if is_at_risk and (signed is None or signed > procedure["procedure_date"]):
                yield "P04", procedure, "cardiology_signoff_date"
            born = row["birth_year_month"]
            year = int(born[:4]) if born[4] == "-" else 1960
            if not 18 <= procedure["procedure_date"].year - year <= 91:
                yield "age", row, "birth_year_month"
    for row in state.all("lesion"):
        distances = (row["dist_vessel_mm"], row["dist_bile_duct_mm"])
        is_near = min(99 if d is None else d for d in distances) <= 10
        if (row["max_diameter_mm"] or 1) >= 30 or not is_near:
            yield "T07", row, "max_diameter_mm"
    for row in state.all("mdt_review"):
        reasons = row["thermal_unsuitable_reason"]
        if row["recommendation"] == "IRE" and (not reasons or "NONE" in reasons):
            yield "T09", row, "thermal_unsuitable_reason"


def procedures(state: State) -> Iterator[Found]:
    for row in state.all("procedure"):
        name, codes = row["procedure_id"], row["opcs4"]
        treated = state.where("lesion_treatment", "procedure_id", name)
        if len({t["lesion_id"] for t in treated}) != row["n_lesions_treated"] or len(treated) > 3:
            yield "T12", row, "n_lesions_treated"
        if not row["guidance"]:
            yield "P06", row, "guidance"
        if row["technical_success"] == "Y" and row["completion_imaging"] == "NONE":
            yield "P17", row, "technical_success"
        group = {"PERCUTANEOUS": "J12", "OPEN": "J03", "LAPAROSCOPIC": "J08"}[row["approach"]]
        if codes and not any(code.startswith(group) for code in codes):
            yield "P18", row, "opcs4"
        if codes and "Y12.3" not in codes:
            yield "P19", row, "opcs4"
        kinds = {c["nice_category"] for c in state.where("complication", "procedure_id", name)}
        if row["abort_reason"] == "ARRHYTHMIA" and "ARRHYTHMIA" not in kinds:
            yield "P20", row, "abort_reason"
        if 200 < (row["max_sbp"] or 0) <= 320:
            yield "P21", row, "max_sbp"
        back = row["readmission_30d_date"]
        if back and row["discharge_date"] and back <= row["discharge_date"]:
            yield "readmission", row, "readmission_30d_date"
        stay = (row["discharge_date"] or date.max, row["admission_date"] or date.min)
        if stay[0] < stay[1]:
            yield "stay", row, "discharge_date"
    for row in state.all("lesion_treatment"):
        lesion = state.one("lesion", "lesion_id", row["lesion_id"])
        procedure = state.one("procedure", "procedure_id", row["procedure_id"])
        if lesion and procedure and lesion["patient_pseudo_id"] != procedure["patient_pseudo_id"]:
            yield "T12", row, "lesion_id"
        zone, size = row["ablation_zone_max_mm"], lesion and lesion["max_diameter_mm"]
        if zone and size and zone < size + 10 and row["complete_coverage_immediate"] != "N":
            yield "P16", row, "ablation_zone_max_mm"
        yield from _pairs(state, row)


def _pairs(state: State, row: Row) -> Iterator[Found]:
    pulses = [
        pulse
        for pulse in state.where("pulse_delivery", "procedure_id", row["procedure_id"])
        if pulse["lesion_id"] == row["lesion_id"]
    ]
    electrodes = int(row["n_electrodes"])
    most = electrodes * (electrodes - 1) // 2
    at_position = Counter(pulse["position_no"] for pulse in pulses)
    if not pulses or max(at_position.values()) > most or len(at_position) > row["n_positions"]:
        yield "P07", row, "n_electrodes"
    for pulse in pulses:
        if not pulse["electrode_a"] < pulse["electrode_b"] <= electrodes:
            yield "P07", pulse, "electrode_b"


def pulses(state: State) -> Iterator[Found]:
    for row in state.all("pulse_delivery"):
        spacing, volts = row["spacing_mm"], row["voltage_v"]
        if spacing is not None and not 10 <= spacing <= 25:
            yield "P08", row, "spacing_mm"
        if row["angle_deg"] > 10:
            yield "P10", row, "angle_deg"
        if spacing is not None and not 1000 <= volts / spacing * 10 <= 3000:
            yield "P11", row, "voltage_v"
        planned, delivered = row["pulses_planned"], row["pulses_delivered"]
        if not 70 <= delivered <= 100 or delivered < 0.9 * planned:
            yield "P12", row, "pulses_delivered"
        if not 70 <= row["pulse_length_us"] <= 100:
            yield "P13", row, "pulse_length_us"
        start, end, most = (row[f"current_{n}_a"] for n in ("start", "end", "max"))
        if not 20 <= most <= 50 or start > most or end > most:
            yield "P14", row, "current_max_a"
        if not 20 <= volts / most <= 300:
            yield "P15", row, "current_max_a"


def outcomes(state: State) -> Iterator[Found]:
    scans = defaultdict(list)
    for row in state.all("followup_imaging"):
        if row["imaging_date"]:
            scans[row["patient_pseudo_id"]].append(row)
    for patient, rows in scans.items():
        person = state.one("patient", "patient_pseudo_id", patient)
        first = min((p["procedure_date"] for p in state.procedures_of(patient)), default=None)
        lowest, cleared = None, set()
        for row in sorted(rows, key=lambda row: row["imaging_date"]):
            if first and row["imaging_date"] < first:
                yield "imaging", row, "imaging_date"
            baseline, viable = row["sum_baseline_mm"], row["sum_viable_mm"]
            lowest = baseline if lowest is None else lowest
            if row["overall_response"] != _response(row, lowest):
                yield "O08", row, "overall_response"
            lowest = min(lowest, viable)
            if person and (row["criteria"] == "mRECIST") != (person["tumour_type"] == "HCC"):
                yield "O10", row, "criteria"
            for response in state.where("lesion_response", "imaging_id", row["imaging_id"]):
                size = response["viable_diameter_mm"]
                is_progress = response["local_tumour_progression"] == "Y"
                if is_progress and response["lesion_id"] not in cleared:
                    yield "O07", response, "local_tumour_progression"
                if response["technique_efficacy"] == "Y":
                    cleared.add(response["lesion_id"])
                if size and (
                    row["overall_response"] == "CR" or response["lirads_tr"] == "LR-TR-NONVIABLE"
                ):
                    yield "O09", response, "viable_diameter_mm"
    for row in state.all("complication"):
        if row["nice_category"] == "SEEDING":
            procedure = state.one("procedure", "procedure_id", row["procedure_id"])
            is_seen = "NEEDLE_TRACT" in {s["new_lesion"] for s in scans[row["patient_pseudo_id"]]}
            day = procedure["procedure_date"] if procedure else row["onset_date"]
            if row["onset_date"] < day + timedelta(days=30) or not is_seen:
                yield "O06", row, "onset_date"


def _response(row: Row, lowest: float) -> str:
    baseline, viable = row["sum_baseline_mm"], row["sum_viable_mm"]
    if row["new_lesion"] != "NONE" or viable >= max(1.2 * lowest, lowest + 5):
        return "PD"
    if viable == 0:
        return "CR"
    return "PR" if viable <= 0.7 * baseline else "SD"


def questionnaires(state: State) -> Iterator[Found]:
    needed = {
        "EQ-5D-5L": (5, 1, 5),
        "QLQ-C30": (30, 1, 7),
        "QLQ-HCC18": (18, 1, 4),
        "FACT-Hep": (45, 0, 4),
    }
    for row in state.all("prom"):
        count, low, high = needed[row["instrument"]]
        answers = [row[f"item_{n:02d}"] for n in range(1, 46)]
        is_full = all(a is not None and low <= a <= high for a in answers[:count])
        if not is_full or any(a is not None for a in answers[count:]):
            yield "O13", row, "item_01"
        vas = row["vas"]
        if row["instrument"] == "EQ-5D-5L" and (
            vas is None
            or (set(answers[:5]) == {1} and vas < 50)
            or (set(answers[:5]) == {5} and vas > 80)
        ):
            yield "O12", row, "vas"
        procedure = state.one("procedure", "procedure_id", row["procedure_id"])
        if procedure and row["completed_date"] and row["timepoint"] == "BASELINE":
            days = (procedure["procedure_date"] - row["completed_date"]).days
            if not 0 <= days <= 42:
                yield "O14", row, "completed_date"
    for row in state.all("research_enrolment"):
        if row["withdrawal_scope"] not in {None, "NO_FURTHER_CONTACT"}:
            yield "O17", row, "withdrawal_scope"
    for row in state.all("governance_approval"):
        dates = [row[n] for n in ("application_date", "decision_date", "valid_from", "valid_to")]
        if dates != sorted(dates) or (dates[3] - dates[2]).days > 3 * 366:
            yield "approval", row, "valid_to"


UNLISTED: tuple[Rule, ...] = (
    late_words, selection, procedures, pulses, outcomes, questionnaires,
)  # fmt: skip


def whole_file_queries(sent: list[Sent]) -> Iterator[tuple[str, str]]:
    """K11, K12 and D19 over the rows of one export: the rule and the column."""
    cells: dict[tuple[str, str], list[str]] = defaultdict(list)
    dates: list[str] = []
    for row in sent:
        for name, column in site_tables()[row.table].columns.items():
            if column.null == "mandatory" and column.type in {"integer", "decimal"}:
                cells[row.table, name].append(row.cells[name])
            if column.type == "date" and row.cells[name]:
                dates.append(row.cells[name])
    for (table, name), values in cells.items():
        if len(values) >= 10 and len(set(values)) == 1:
            yield "K11", f"{table}.{name}"
        if name in {"spacing_mm", "max_diameter_mm"} and len(values) >= 5:
            round_ones = [v for v in values if NUMBER.match(v) and float(v) % 5 == 0]
            if len(round_ones) > 0.6 * len(values):
                yield "K12", f"{table}.{name}"
    if any(day.endswith("-01-01") for day in dates):
        yield "D19", "dates"
