"""Complications of one procedure, and the two procedures' fatal ones."""

from __future__ import annotations

from datetime import date, timedelta

from sample_data._calendar import not_new_year, weekday_on_or_after
from sample_data._patients import Patient
from sample_data._procedures import Procedure
from sample_data._rows import Record, row

# subtype, weight, first and last day of onset; rates follow the pooled series
ADJACENT = (
    ("PV_THROMBOSIS", 5, (2, 30)), ("CHOLANGITIS", 4, (3, 28)), ("BILOMA", 2, (6, 50)),
    ("BILE_STRICTURE", 3, (45, 86)), ("PNEUMOTHORAX", 5, (0, 0)),
    ("PLEURAL_EFFUSION", 4, (1, 6)), ("AV_FISTULA", 1, (5, 25)),
)  # fmt: skip
BLEEDING = (
    ("HAEMATOMA", 6, (0, 2)), ("HAEMOPERITONEUM", 3, (0, 4)), ("HAEMOBILIA", 1, (2, 12)),
    ("HAEMOTHORAX", 1, (0, 3)),
)  # fmt: skip
ARRHYTHMIA = (
    ("SVT", 4, (0, 0)), ("VE_RUNS", 4, (0, 0)), ("BRADY_BLOCK", 2, (0, 1)), ("VT", 1, (0, 0)),
)  # fmt: skip
OTHER = (
    ("PAIN", 9, (0, 3)), ("ABSCESS", 4, (8, 40)), ("SEPSIS", 2, (2, 12)), ("ASCITES", 2, (4, 25)),
    ("URINARY_RETENTION", 3, (0, 1)), ("NERVE", 1, (0, 1)), ("HYPERKALAEMIA", 1, (0, 1)),
)  # fmt: skip
KINDS = (("ADJACENT_STRUCTURE", ADJACENT), ("ARRHYTHMIA", ARRHYTHMIA), ("OTHER", OTHER))
RATES = {"ADJACENT_STRUCTURE": 0.06, "ARRHYTHMIA": 0.03, "OTHER": 0.12}
GRADES = (("I", 42), ("II", 36), ("IIIa", 13), ("IIIb", 5), ("IVa", 4))
ACTIONS = {
    "I": ("NONE",), "II": ("DRUG",), "IIIb": ("SURGERY",), "IVa": ("ICU", "DRUG"),
    "V": ("ICU", "DRUG"),
}  # fmt: skip
CTCAE = {"I": 1, "II": 2, "IIIa": 3, "IIIb": 3, "IVa": 4, "V": 5}
CIRSE_2017 = {"I": "2", "II": "3", "IIIa": "3", "IIIb": "4", "IVa": "5", "V": "6"}
CIRSE_2026 = {"I": "1a", "II": "2", "IIIa": "3a", "IIIb": "3b", "IVa": "4", "V": "6"}


def complications_of(procedure: Procedure, *, bleeds: bool) -> list[Record]:
    """The complications of a procedure, each with the day from which it is complete."""
    patient, random = procedure.patient, procedure.patient.random
    found: list[Record] = []
    if bleeds:
        _add(found, procedure, "BLEEDING", BLEEDING)
    for category, subtypes in KINDS:
        rate = RATES[category]
        if category == "OTHER" and patient.has_biliary_stent:
            rate *= 2.5
        is_forced = category == "ARRHYTHMIA" and procedure.abort_reason == "ARRHYTHMIA"
        if is_forced or random.random() < rate:
            _add(found, procedure, category, subtypes)
    return found


def _add(
    found: list[Record],
    procedure: Procedure,
    category: str,
    subtypes: tuple[tuple[str, int, tuple[int, int]], ...],
) -> None:
    patient, random = procedure.patient, procedure.patient.random
    subtype, _, window = random.choices(subtypes, [weight for _, weight, _ in subtypes])[0]
    latest = min(window[1], 30) if patient.site == "ZZ601" else window[1]
    day = random.randint(min(window[0], latest), latest)
    if procedure.abort_reason == "ARRHYTHMIA" and category == "ARRHYTHMIA":
        day = 0
    grade = random.choices([g for g, _ in GRADES], [weight for _, weight in GRADES])[0]
    if subtype in {"PAIN", "URINARY_RETENTION", "PLEURAL_EFFUSION", "NERVE"}:
        grade = "I" if subtype == "PAIN" else "II"
    elif subtype in {"ABSCESS", "BILOMA", "BILE_STRICTURE"} and grade in {"I", "II"}:
        grade = "IIIa"
    onset = not_new_year(procedure.day + timedelta(days=day))
    record = complication(procedure, len(found) + 1, (category, subtype, grade), onset)
    if record is not None:
        found.append(record)


def complication(
    procedure: Procedure, number: int, what: tuple[str, str, str], onset: date
) -> Record | None:
    """One complication's record; none where the patient was no longer followed.

    Args:
        what: category, subtype and Clavien-Dindo grade.
    """
    patient, random = procedure.patient, procedure.patient.random
    category, subtype, grade = what
    if not patient.is_followed_on(onset):
        return None
    is_severe = grade in {"IIIb", "IVa", "V"}
    recorded = not_new_year(onset + timedelta(days=random.randint(0, 9)))
    recorded = _while_followed(patient, recorded)
    reported = weekday_on_or_after(recorded + timedelta(days=random.randint(0, 5)))
    told = weekday_on_or_after(onset + timedelta(days=random.randint(1, 6)))
    is_2026 = onset.year >= 2026
    is_graded = random.random() < 0.6
    values = row(
        "complication",
        complication_id=patient.name("C", 10 * procedure.number + number),
        procedure_id=procedure.name,
        patient_pseudo_id=patient.pseudonym,
        onset_date=onset,
        recorded_date=recorded,
        nice_category=category,
        subtype=subtype,
        clavien_dindo=grade,
        cirse_version=("2026" if is_2026 else "2017") if is_graded else None,
        cirse_grade=(CIRSE_2026 if is_2026 else CIRSE_2017)[grade] if is_graded else None,
        ctcae_version="6.0" if is_2026 else "5.0",
        ctcae_grade=CTCAE[grade],
        relatedness=random.choices(
            ("DEFINITE", "PROBABLE", "POSSIBLE", "UNLIKELY"), (38, 34, 23, 5)
        )[0],
        device_related_suspected="N",
        intervention=_action(category, subtype, grade),
        yellow_card_ref=f"YC-{patient.site}-{patient.number:04d}" if is_severe else None,
        yellow_card_date=reported if is_severe else None,
        yc_scheme="MHRA" if is_severe else None,
        lfpse_ref=f"LF-{patient.site}-{patient.number:04d}" if is_severe else None,
        duty_of_candour_date=told if is_severe else None,
    )
    known = max(recorded, reported, told) if is_severe else recorded
    if grade == "V" and patient.death is not None:
        known = max(known, patient.death)
    versions = [(max(known, procedure.discharged), values)]
    resolved = not_new_year(onset + timedelta(days=random.randint(2, 40)))
    if grade != "V" and resolved >= recorded and patient.is_followed_on(resolved):
        versions.append(
            (max(resolved, versions[0][0]), values | {"resolved_date": resolved.isoformat()})
        )
    return Record("complication", patient.pseudonym, versions)


def _action(category: str, subtype: str, grade: str) -> tuple[str, ...]:
    if grade != "IIIa":
        return ACTIONS[grade]
    if category == "BLEEDING" or subtype == "AV_FISTULA":
        return ("EMBOLISATION",)
    if category == "ARRHYTHMIA":
        return ("CARDIOVERSION",)
    return ("ERCP",) if subtype in {"CHOLANGITIS", "BILE_STRICTURE"} else ("DRAIN", "DRUG")


def _while_followed(patient: Patient, day: date) -> date:
    return min([day] + [end for end in (patient.death, patient.lost) if end is not None])
