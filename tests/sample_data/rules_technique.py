"""Technique, told a second time: P01 to P03, P06 to P21."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.sample_data.oracle import Found, Row, Rule, State


def anaesthesia(state: State) -> Iterator[Found]:
    for row in state.all("procedure"):
        if row["anaesthesia"] not in {"GA", None}:
            yield "P01", row, "anaesthesia"
        if row["nmb_used"] is False or (row["tof_count_at_first_pulse"] or 0) > 0:
            yield "P02", row, "nmb_used"
        if row["ecg_sync_used"] is False:
            yield "P03a", row, "ecg_sync_used"
        if not row["guidance"]:
            yield "P06", row, "guidance"


def evidence(state: State) -> Iterator[Found]:
    for row in state.all("procedure"):
        scans = state.where("followup_imaging", "patient_pseudo_id", row["patient_pseudo_id"])
        day = row["procedure_date"]
        is_scanned = day is not None and any(
            scan["nominal_visit"] == "M1" and 0 <= (scan["imaging_date"] - day).days <= 60
            for scan in scans
            if scan["imaging_date"]
        )
        is_unimaged = row["completion_imaging"] == "NONE" and not is_scanned
        if row["technical_success"] == "Y" and is_unimaged:
            yield "P17", row, "technical_success"
        found = state.where("complication", "procedure_id", row["procedure_id"])
        is_told = any(each["nice_category"] == "ARRHYTHMIA" for each in found)
        if row["abort_reason"] == "ARRHYTHMIA" and not is_told:
            yield "P20", row, "abort_reason"
        treated = state.where("lesion_treatment", "procedure_id", row["procedure_id"])
        lesions = [state.one("lesion", "lesion_id", each["lesion_id"]) for each in treated]
        is_adrenal = any(each and each["other_structure"] == "ADRENAL" for each in lesions)
        is_high = (row["max_sbp"] or 0) > 200 or any(
            each["subtype"] == "HYPERTENSIVE_CRISIS" for each in found
        )
        if is_high and not is_adrenal:
            yield "P21", row, "max_sbp"


def codes(state: State) -> Iterator[Found]:
    foreign = {"PERCUTANEOUS": ("J03", "J08"), "OPEN": ("J12",), "LAPAROSCOPIC": ("J12",)}
    for row in state.all("procedure"):
        sent = row["opcs4"]
        if not sent:
            continue
        if any(code.startswith(foreign.get(row["approach"], ("?",))) for code in sent):
            yield "P18", row, "opcs4"
        if "Y12.3" not in sent:
            yield "P19", row, "opcs4"


def treatments(state: State) -> Iterator[Found]:
    for row in state.all("lesion_treatment"):
        lesion = state.one("lesion", "lesion_id", row["lesion_id"])
        zone, size = row["ablation_zone_max_mm"], lesion and lesion["max_diameter_mm"]
        is_known = zone is not None and size is not None
        if is_known and zone < size + 10 and row["complete_coverage_immediate"] != "N":
            yield "P16", row, "ablation_zone_max_mm"
        pulses = _pulses(state, row)
        procedure = state.one("procedure", "procedure_id", row["procedure_id"])
        is_stopped = procedure is not None and procedure["technical_success"] == "ABORTED"
        if not pulses and not is_stopped:  # a stopped one may have had no pulse at all
            yield "P07a", row, "n_electrodes"
        electrodes = row["n_electrodes"]
        pairs = {
            (p["position_no"], frozenset((p["electrode_a"], p["electrode_b"]))) for p in pulses
        }
        most = max(Counter(position for position, _ in pairs).values(), default=0)
        if electrodes is not None and most > electrodes * (electrodes - 1) / 2:
            yield "P07c", row, "n_electrodes"
        for pulse in pulses:
            ends = (pulse["electrode_a"], pulse["electrode_b"])
            is_known = None not in (electrodes, *ends)
            if is_known and not ends[0] < ends[1] <= electrodes:
                yield "P07b", pulse, "electrode_b"


def _pulses(state: State, treatment: Row) -> list[Row]:
    return [
        pulse
        for pulse in state.where("pulse_delivery", "procedure_id", treatment["procedure_id"])
        if pulse["lesion_id"] == treatment["lesion_id"]
    ]


def fields(state: State) -> Iterator[Found]:
    for row in state.all("pulse_delivery"):
        if row["ecg_sync"] is False:
            yield "P03b", row, "ecg_sync"
        if row["spacing_verified_imaging"] == "NO" or row["parallel_confirmed"] is False:
            yield "P09", row, "parallel_confirmed"
        if (row["angle_deg"] or 0) > 10 and row["parallel_confirmed"]:
            yield "P10", row, "angle_deg"
        spacing, volts = row["spacing_mm"], row["voltage_v"]
        if spacing and volts is not None and not 1000 <= volts / (spacing / 10) <= 3000:
            yield "P11", row, "voltage_v"
        planned, delivered = row["pulses_planned"], row["pulses_delivered"]
        if None not in (planned, delivered) and delivered < 0.9 * planned:
            yield "P12b", row, "pulses_delivered"


def cycles(state: State) -> Iterator[Found]:
    pairs: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in state.all("pulse_delivery"):
        place = ("procedure_id", "lesion_id", "position_no", "electrode_a", "electrode_b")
        pair = tuple(row[name] for name in place)
        if None not in pair:
            pairs[pair].append(row)
    for rows in pairs.values():
        delivered = [row["pulses_delivered"] for row in rows]
        if None in delivered or 70 <= sum(delivered) <= 100 or 140 <= sum(delivered) <= 200:
            continue
        for row in rows:
            yield "P12a", row, "pulses_delivered"


def currents(state: State) -> Iterator[Found]:
    for row in state.all("pulse_delivery"):
        start, end, most = (row[f"current_{name}_a"] for name in ("start", "end", "max"))
        if most is None:
            continue
        if (start is not None and start > most) or (end is not None and end > most):
            yield "P14", row, "current_max_a"
        if row["voltage_v"] is not None and most > 0 and not 20 <= row["voltage_v"] / most <= 300:
            yield "P15", row, "current_max_a"


TECHNIQUE: tuple[Rule, ...] = (anaesthesia, evidence, codes, treatments, fields, cycles, currents)
