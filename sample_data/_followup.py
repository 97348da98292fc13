"""What follows a procedure: scans, responses, further treatment, vital status."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from sample_data._calendar import (
    Quarter,
    not_new_year,
    procedure_day,
    quarter_of,
    weekday_on_or_after,
)
from sample_data._patients import Lesion, Patient
from sample_data._rows import Record, row

# visit, nominal day, spread (within its window), probability that the scan is done
VISITS = (
    ("M1", 32, 7, 0.94), ("M3", 104, 16, 0.9), ("M6", 182, 24, 0.87), ("M12", 366, 35, 0.82),
    ("M18", 548, 40, 0.7), ("M24", 731, 50, 0.66),
)  # fmt: skip
WINDOW_END = {"M1": 60, "M3": 135, "M6": 225, "M12": 425, "M18": 639, "M24": 820}


@dataclass
class Course:
    """How one patient's disease goes, and the records that tell it."""

    patient: Patient
    horizon: date
    residual: set[str] = field(default_factory=set)  # lesions with viable tumour
    efficacy: dict[str, str] = field(default_factory=dict)  # technique efficacy once told
    repeat: date | None = None  # a second procedure, and the lesions it treats
    repeat_lesions: list[Lesion] = field(default_factory=list)
    repeat_reason: str = ""
    is_repeat_scanned: bool = False
    records: list[Record] = field(default_factory=list)
    events: list[date] = field(default_factory=list)
    lowest_mm: float | None = None  # smallest sum of viable diameters so far
    is_seeded: bool = False
    seeded_on: date | None = None

    def keep(self, table: str, day: date, **values: object) -> None:
        self.events.append(day)
        owner = self.patient.pseudonym
        self.records.append(Record(table, owner, [(day, row(table, **values))]))


def draw_survival(patient: Patient, horizon: date) -> None:
    """Decide when the patient dies or is lost, if before the horizon."""
    random = patient.random
    draw = random.random()
    days = 91 + int(random.expovariate(1 / 1500))
    if draw < 0.004:
        days = random.randint(9, 24)
    elif draw < 0.016:
        days = random.randint(36, 88)
    death = not_new_year(patient.first_procedure + timedelta(days=days))
    if death <= horizon:
        patient.death = death
        causes = ("LIVER_CANCER", "LIVER_FAILURE", "CARDIAC", "OTHER")
        patient.cause = random.choices(causes, (64, 18, 7, 11))[0]
    lost = not_new_year(patient.first_procedure + timedelta(days=random.randint(75, 600)))
    if random.random() < 0.03 and patient.death is None and lost <= horizon:
        patient.lost = lost
    if random.random() < 0.02:
        patient.no_contact_from = patient.first_procedure + timedelta(days=120)


def follow(patient: Patient, horizon: date, *, may_repeat: bool, is_seeded: bool) -> Course:
    """Scan a patient until progression, death, loss or the horizon."""
    course = Course(patient, horizon, is_seeded=is_seeded)
    random = patient.random
    progress = {
        lesion.name: patient.first_procedure + timedelta(days=int(random.expovariate(1 / 1500)))
        for lesion in patient.lesions
    }
    distant = patient.first_procedure + timedelta(days=40 + int(random.expovariate(1 / 1100)))
    residual = {
        lesion.name
        for lesion in patient.lesions
        if random.random() < (0.13 if lesion.diameter_mm < 25 else 0.2)
    }
    course.residual = set() if is_seeded else residual
    if is_seeded:
        distant = patient.first_procedure + timedelta(days=150)
        progress = dict.fromkeys(progress, horizon)
    for visit, middle, spread, done in VISITS:
        day = patient.first_procedure + timedelta(days=middle + random.randint(-spread, spread))
        if course.repeat is not None and day < course.repeat + timedelta(days=21):
            day = course.repeat + timedelta(days=21)
        day = weekday_on_or_after(day)
        is_in_window = (day - patient.first_procedure).days <= WINDOW_END[visit]
        if not is_in_window or (
            random.random() > done and not (is_seeded and visit in {"M1", "M6"})
        ):
            continue
        if day > horizon or not patient.is_followed_on(day):
            break
        if _scan(course, visit, day, progress, distant, may_repeat=may_repeat):
            break
    return course


def _scan(
    course: Course,
    visit: str,
    day: date,
    progress: dict[str, date],
    distant: date,
    *,
    may_repeat: bool,
) -> bool:
    """Record one scan; true if imaging in this registry ends with it."""
    patient, random = course.patient, course.patient.random
    shrinks = {name: round(random.uniform(0.35, 0.55), 2) for name in sorted(course.residual)}
    viable: dict[str, float] = {}
    local: set[str] = set()
    for lesion in patient.lesions:
        is_clear = course.efficacy.get(lesion.name) == "Y"
        if lesion.name in course.residual:
            viable[lesion.name] = round(lesion.diameter_mm * shrinks[lesion.name], 1)
        elif is_clear and progress[lesion.name] <= day:
            viable[lesion.name] = round(random.uniform(9, 19), 1)
            local.add(lesion.name)
        else:
            viable[lesion.name] = 0.0
    is_distant = distant <= day and visit != "M1"
    for name in sorted(local)[:1]:  # growth enough to be progression from the lowest sum (O08)
        others = sum(viable.values()) - viable[name]
        least = 1.25 * (course.lowest_mm or 0) + 6 - others
        viable[name] = round(max(viable[name], least), 1)
    total = sum(viable.values())
    course.lowest_mm = total if course.lowest_mm is None else min(total, course.lowest_mm)
    is_progressive = bool(local) or is_distant
    name = patient.name("I", int(visit[1:]))
    is_hcc = patient.tumour == "HCC"
    new = "NONE"
    if is_distant:
        new = random.choices(("INTRAHEPATIC_DISTANT", "EXTRAHEPATIC"), (80, 20))[0]
        if course.is_seeded:
            new, course.seeded_on = "NEEDLE_TRACT", day
    course.keep(
        "followup_imaging",
        day,
        imaging_id=name,
        patient_pseudo_id=patient.pseudonym,
        imaging_date=day,
        modality=random.choices(("MRI", "CECT"), (60, 40))[0],
        nominal_visit=visit,
        criteria="mRECIST" if is_hcc else "RECIST1.1",
        overall_response="PD" if is_progressive else "PR" if total else "CR",
        sum_viable_mm=round(total, 1),
        sum_baseline_mm=round(sum(lesion.diameter_mm for lesion in patient.lesions), 1),
        new_lesion=new,
    )
    is_first_after = course.repeat is not None and not course.is_repeat_scanned
    for lesion in patient.lesions:
        is_viable = viable[lesion.name] > 0
        is_first_word = visit == "M1" or is_first_after
        if is_first_word and not local:
            course.efficacy[lesion.name] = "N" if is_viable else "Y"
        course.keep(
            "lesion_response",
            day,
            imaging_id=name,
            lesion_id=lesion.name,
            viable_diameter_mm=viable[lesion.name],
            lirads_tr=("VIABLE" if is_viable else "LR-TR-NONVIABLE") if is_hcc else None,
            technique_efficacy=course.efficacy.get(lesion.name) if is_first_word else None,
            local_tumour_progression=None
            if visit == "M1"
            else "Y" if lesion.name in local else "N",
        )  # fmt: skip
    course.is_repeat_scanned = course.repeat is not None
    return _act(course, day, local, may_repeat=may_repeat, is_distant=is_distant)


def _act(course: Course, day: date, local: set[str], *, may_repeat: bool, is_distant: bool) -> bool:
    patient, random = course.patient, course.patient.random
    viable = local | course.residual
    if is_distant:
        _treat(course, day, random.choice(("SYSTEMIC", "SYSTEMIC", "TACE", "BSC")), "DISTANT")
        return True
    if not viable:
        return False
    reason = "LTP" if local else "RESIDUAL"
    lesions = [lesion for lesion in patient.lesions if lesion.name in viable]
    if may_repeat and course.repeat is None and random.random() < 0.5:
        course.repeat = procedure_day(day + timedelta(days=random.randint(24, 38)))
        course.repeat_lesions, course.repeat_reason = lesions, reason
        course.residual = set()
        return bool(local)
    kind = random.choice(("MWA", "TACE", "SABR", "TRANSPLANT" if local else "MWA"))
    _treat(course, day, kind, reason, lesions[0].name)
    return True


def _treat(
    course: Course, scanned: date, kind: str, reason: str, lesion: str | None = None
) -> None:
    day = weekday_on_or_after(scanned + timedelta(days=course.patient.random.randint(14, 40)))
    if day <= course.horizon and course.patient.is_followed_on(day):
        course.keep(
            "subsequent_treatment",
            day,
            patient_pseudo_id=course.patient.pseudonym,
            treatment_date=day,
            treatment_type=kind,
            lesion_id=lesion,
            reason=reason,
        )


def vital_status(patient: Patient, events: list[date], quarters: tuple[Quarter, ...]) -> Record:
    """The patient's vital status, told anew each quarter until death or loss."""
    random, record = patient.random, Record("vital_status", patient.pseudonym)
    for quarter in quarters:
        if quarter.end < patient.first_procedure:
            continue
        latest = max((day for day in events if day <= quarter.end), default=quarter.start)
        known = max(quarter.end - timedelta(days=random.randint(0, 11)), latest)
        values = {"status": "ALIVE", "status_date": known}
        if patient.death is not None and patient.death <= quarter.end:
            known = min(patient.death + timedelta(days=random.randint(1, 9)), quarter.end)
            values = {
                "status": "DEAD",
                "status_date": known,
                "death_date": patient.death,
                "cause_category": patient.cause,
                "icd10_underlying": "C22.9" if patient.cause == "LIVER_CANCER" else None,
            }
        elif patient.lost is not None and quarter_of(patient.lost) <= quarter:
            values = {"status": "LOST", "status_date": patient.lost}
        told = row(
            "vital_status",
            patient_pseudo_id=patient.pseudonym,
            source=random.choices(("ONS_PDS", "CLINIC", "GP"), (70, 24, 6))[0],
            **values,
        )
        record.versions.append((quarter.end, told))
        if values["status"] != "ALIVE":
            break
    return record
