"""The truth behind the exports: every record of every site, with its versions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from sample_data import _sites as sites
from sample_data._calendar import demo_quarters, procedure_day
from sample_data._complications import complication, complications_of
from sample_data._followup import draw_survival, follow, vital_status
from sample_data._patients import Patient, make_patient
from sample_data._procedures import OUTSIDE, Procedure, make_procedure
from sample_data._proms import proms_of
from sample_data._rows import Record, row, text
from sample_data._sites import Site, Staff, staff_of

# (site, patient) who was (site, patient) before: treated at two sites
SHARED = {("ZZ201", 12): ("ZZ101", 4), ("ZZ302", 14): ("ZZ102", 3)}
DIES_EARLY = ("ZZ301", 7)  # of liver failure after the procedure
SEEDED = ("ZZ101", 9)  # a tumour grows along the needle's track
MISTAKEN = {9001: date(2026, 2, 11), 9002: date(2026, 3, 4)}  # exported by mistake, ZZ101
HORIZON = demo_quarters()[-1].end


@dataclass
class SiteRegistry:
    """Everything that one site holds by the end of its last quarter."""

    site: Site
    staff: Staff
    seed: int
    patients: dict[int, Patient] = field(default_factory=dict)
    procedures: list[Procedure] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    bleeds: float = 0.0
    outside: int = 0

    def all_records(self) -> list[Record]:
        """Staff and approvals first, then patient by patient."""
        return self.staff.records + self.records

    def procedures_from(self, first: date, last: date) -> int:
        """How many procedures the site did between two days, both counted."""
        return sum(first <= procedure.day <= last for procedure in self.procedures)


def build_registry(seed: int) -> dict[str, SiteRegistry]:
    """Every site's records; under "mistaken" those that ZZ101 exports by mistake."""
    days = {site.code: _schedule(seed, site) for site in sites.SITES}
    registry: dict[str, SiteRegistry] = {}
    for site in sites.SITES:
        held = SiteRegistry(site, staff_of(site, seed), seed)
        registry[site.code] = held
        for number, day in enumerate(days[site.code], start=1):
            before = SHARED.get((site.code, number))
            after = [new for new, old in SHARED.items() if old == (site.code, number)]
            _admit(
                held,
                number,
                day,
                earlier=registry[before[0]].patients[before[1]] if before else None,
                again=days[after[0][0]][after[0][1] - 1] if after else None,
            )
    registry["mistaken"] = SiteRegistry(sites.SITES[0], registry["ZZ101"].staff, seed)
    for number, day in MISTAKEN.items():
        _admit(registry["mistaken"], number, day)
    return registry


def _schedule(seed: int, site: Site) -> list[date]:
    """The days of each patient's first procedure, in order."""
    random, days = Random(f"{seed}|schedule|{site.code}"), []
    # ZZ601 reviews every patient within the quarter: its nil returns have no procedure row.
    span = 40 if site.code == "ZZ601" else 74
    for quarter, count in zip(demo_quarters(), site.patients, strict=False):
        for place in range(count):
            start, end = span * place // count, span * (place + 1) // count
            day = quarter.start + timedelta(days=random.randint(start + 1, end))
            days.append(procedure_day(day))
    if site.code == "ZZ102":  # two of its patients have no follow-up yet when the demo ends
        days[-2:] = [date(2026, 9, 9), date(2026, 9, 14)]
    return days


def _admit(
    held: SiteRegistry,
    number: int,
    day: date,
    *,
    earlier: Patient | None = None,
    again: date | None = None,
) -> None:
    """Add one patient with all that happens to them.

    Args:
        earlier: the same patient at the site that treated them before.
        again: the day on which another site treats the patient.
    """
    code = held.site.code
    patient = make_patient(held.seed, code, number, day, earlier=earlier)
    held.patients[number] = patient
    draw_survival(patient, HORIZON)
    if (code, number) == SEEDED or earlier is not None or again is not None:
        patient.death = patient.lost = None
    if (code, number) == DIES_EARLY:
        patient.death, patient.lost = day + timedelta(days=19), None
        patient.cause = "PROCEDURE"
    course = follow(
        patient, HORIZON, may_repeat=code != "ZZ601", is_seeded=(code, number) == SEEDED
    )
    if again is not None:
        course.keep(
            "subsequent_treatment", again, patient_pseudo_id=patient.pseudonym,
            treatment_date=again, treatment_type="IRE_REPEAT", reason="DISTANT",
        )  # fmt: skip
    procedures = [
        make_procedure(patient, held.staff, day, patient.lesions, outside=_outside(held, day))
    ]
    repeat, lesions = course.repeat, course.repeat_lesions
    if repeat and repeat <= HORIZON and patient.is_followed_on(repeat + timedelta(days=5)):
        second = make_procedure(patient, held.staff, repeat, lesions)
        procedures.append(second)
        course.keep(
            "subsequent_treatment", repeat, patient_pseudo_id=patient.pseudonym,
            treatment_date=repeat, treatment_type="IRE_REPEAT", lesion_id=lesions[0].name,
            reason=course.repeat_reason,
        )  # fmt: skip
    discharged = procedures[0].discharged
    held.records.append(Record("patient", patient.pseudonym, [(discharged, patient.row)]))
    for lesion in patient.lesions:
        held.records.append(Record("lesion", patient.pseudonym, [(discharged, lesion.row)]))
    events = list(course.events)
    for procedure in procedures:
        events += _settle(held, procedure, course.seeded_on)
    proms = proms_of(patient, procedures[0].name, held.site.instruments, HORIZON)
    events += [date.fromisoformat(found.versions[0][1]["completed_date"]) for found in proms]
    held.records += [*course.records, *proms]
    held.records.append(vital_status(patient, events, demo_quarters()))


def _outside(held: SiteRegistry, day: date) -> str:
    """How a first procedure stands outside research; every third of ZZ302's from 2025."""
    if held.site.code != "ZZ302" or day < sites.OUTSIDE_FROM:
        return ""
    held.outside += 1
    if date(2025, 4, 5) <= day < sites.CONFIRMED_LATE:
        return "unconfirmed" if held.outside % 2 else ""
    if held.outside % 3 != 1:
        return ""
    way = OUTSIDE[held.outside // 3 % len(OUTSIDE)]
    return "none" if way == "closed" and day <= sites.TRIAL_CLOSED else way


def _settle(held: SiteRegistry, procedure: Procedure, seeded_on: date | None) -> list[date]:
    """Add a procedure's records, its complications and its review; give their days."""
    patient = procedure.patient
    held.procedures.append(procedure)
    if held.site.code == "ZZ102":
        held.bleeds += held.site.bleeding  # evenly: the excess must not hang on the seed
        bleeds, held.bleeds = held.bleeds >= 1, held.bleeds % 1
    else:
        bleeds = patient.random.random() < held.site.bleeding
    is_too_early = procedure.day > HORIZON - timedelta(days=22)  # nothing is known yet
    is_quiet = is_too_early and procedure.abort_reason != "ARRHYTHMIA"
    found = [] if is_quiet else complications_of(procedure, bleeds=bleeds)
    special = None
    if (held.site.code, patient.number) == DIES_EARLY:
        what = ("OTHER", "LIVER_FAILURE", "V")
        special = complication(procedure, 9, what, procedure.day + timedelta(days=6))
    elif seeded_on is not None and procedure.number == 1:
        special = complication(procedure, 9, ("SEEDING", "NEEDLE_TRACT", "IIIb"), seeded_on)
    found += [special] if special else []
    record = Record("procedure", patient.pseudonym, breaches=tuple(procedure.breaches))
    record.versions = _reviewed(procedure, found)
    held.records += [record, *procedure.records, *found]
    days = [known for known, _ in record.versions]
    for each in found:
        last = each.versions[-1][1]
        names = ("onset_date", "recorded_date", "resolved_date")
        days += [date.fromisoformat(last[name]) for name in names if last[name]]
    for enrolment in procedure.records:
        if enrolment.table == "research_enrolment":
            _withdraw(patient, enrolment)
    return days


def _reviewed(procedure: Procedure, found: list[Record]) -> list[tuple[date, dict[str, str]]]:
    """The procedure's row at discharge, after the 30-day review and after late complications."""
    patient, random = procedure.patient, procedure.patient.random
    versions = [(procedure.discharged, procedure.row)]
    review = procedure.day + timedelta(days=random.randint(30, 38))
    onsets = [date.fromisoformat(each.versions[0][1]["onset_date"]) for each in found]
    is_reviewed = random.random() < 0.96 and patient.is_followed_on(review) and review <= HORIZON
    if is_reviewed:
        early = [each for each, onset in zip(found, onsets, strict=True) if onset <= review]
        values = procedure.row | {"no_complication_confirmed": text(not early)}
        for each in early:
            told = each.versions[0][1]
            onset = date.fromisoformat(told["onset_date"])
            if "ICU" in told["intervention"]:
                values["unplanned_icu"] = "Y"
            if told["clavien_dindo"] not in {"I", "II"} and onset > procedure.discharged:
                values["readmission_30d_date"] = onset.isoformat()
        versions.append((review, values))
        late = [
            each.versions[0][0] for each, onset in zip(found, onsets, strict=True) if onset > review
        ]
        if late and not early:
            known = max(min(late), review)
            versions.append((known, values | {"no_complication_confirmed": "N"}))
    return versions


def _withdraw(patient: Patient, enrolment: Record) -> None:
    stops = patient.no_contact_from
    if stops is None or stops > HORIZON or not patient.is_followed_on(stops):
        return
    known, values = enrolment.versions[0]
    if known < stops:
        withdrawn = {"withdrawal_date": stops.isoformat(), "withdrawal_scope": "NO_FURTHER_CONTACT"}
        enrolment.versions.append((stops, row("research_enrolment", **values | withdrawn)))
