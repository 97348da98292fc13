"""Questionnaires: answers that worsen after the procedure and recover, returned ever less."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from sample_data._calendar import not_new_year
from sample_data._patients import Patient
from sample_data._rows import Record, row

# time point, nominal day, probability that it comes back
TIMEPOINTS = (
    ("BASELINE", -9, 0.93), ("M1", 31, 0.82), ("M3", 92, 0.76), ("M6", 183, 0.67),
    ("M12", 366, 0.57), ("M24", 731, 0.45),
)  # fmt: skip
BURDEN = {"BASELINE": 0.0, "M1": 0.55, "M3": 0.25, "M6": 0.1, "M12": 0.1, "M24": 0.2}
# instrument: items, lowest and highest answer
FORMS = {
    "EQ-5D-5L": (5, 1, 5),
    "QLQ-C30": (30, 1, 4),
    "QLQ-HCC18": (18, 1, 4),
    "FACT-Hep": (45, 0, 4),
}


def proms_of(
    patient: Patient, procedure_id: str, instruments: tuple[str, ...], horizon: date
) -> list[Record]:
    """The questionnaires of one patient that came back by the horizon."""
    random, records = patient.random, []
    severity = min(max(random.gauss(0.95, 0.4), 0.1), 2.0)
    language = random.choices(("en", "pl", "ur"), (95, 3, 2))[0]
    for timepoint, nominal, returned in TIMEPOINTS:
        spread = 6 if nominal < 40 else 14
        away = timedelta(days=nominal + random.randint(-spread, spread))
        day = not_new_year(patient.first_procedure + away)
        mode = random.choices(("SELF", "PHONE", "PROXY"), (84, 13, 3))[0]
        for instrument in instruments:
            if instrument == "QLQ-HCC18" and patient.tumour != "HCC":
                continue
            is_back = random.random() < returned
            answers = _answers(random, instrument, severity + BURDEN[timepoint])
            is_stopped = patient.no_contact_from is not None and day >= patient.no_contact_from
            if not is_back or is_stopped or day > horizon or not patient.is_followed_on(day):
                continue
            values = row(
                "prom",
                patient_pseudo_id=patient.pseudonym,
                procedure_id=procedure_id,
                instrument=instrument,
                completed_date=day,
                timepoint=timepoint,
                mode=mode,
                language=language,
                **answers,
            )
            # The baseline goes with the procedure: before it the registry has no patient.
            known = day if nominal > 0 else patient.first_procedure + timedelta(days=5)
            records.append(Record("prom", patient.pseudonym, [(known, values)]))
    return records


def _answers(random: Random, instrument: str, severity: float) -> dict[str, int]:
    count, low, high = FORMS[instrument]
    answers = {}
    for number in range(1, count + 1):
        answer = low + int(min(max(random.gauss(severity, 0.8), 0), 0.99 * (high - low + 1)))
        answers[f"item_{number:02d}"] = answer
    if instrument == "QLQ-C30":
        for number in (29, 30):  # overall health, 7 is excellent
            quality = random.gauss(6.3 - 1.1 * severity, 0.7)
            answers[f"item_{number}"] = int(min(max(quality, 1), 7))
    if instrument == "EQ-5D-5L":
        level = sum(answers.values()) / count
        answers["vas"] = int(min(max(random.gauss(96 - 11 * level, 6), 52), 98))
        if level >= 4:
            answers["vas"] = min(answers["vas"], 70)
    return answers
