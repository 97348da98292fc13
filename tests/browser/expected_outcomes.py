"""Progression and quality of life of the demo worked out by hand; see expected.

Nothing of the product is imported.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import NamedTuple

from tests.browser.expected import (
    FIRST,
    LAST,
    complete_to,
    day,
    days,
    deaths,
    first_treated,
    kaplan_meier,
    sites,
)
from tests.browser.walk import Row, rows

YEAR = 365.25
ELSEWHERE = ("INTRAHEPATIC_DISTANT", "EXTRAHEPATIC", "NEEDLE_TRACT")


@cache
def of_all_sites(table: str) -> list[tuple[str, Row]]:
    return [(site, row) for site in sites() for row in rows(site, table)]


def free_of_progression(site: str, years: float) -> tuple[float, int, int]:
    """E5 at a time, patients and those who progressed or died, first treated at a site."""
    times = [time for time in (_ended(site, *one) for one in _of_period(site)) if time]
    return kaplan_meier(times, years), len(times), sum(is_event for _, is_event in times)


def _of_period(site: str) -> list[tuple[str | None, str]]:
    first = first_treated(site)
    return [(patient, on) for patient, on in first.items() if FIRST <= day(on) <= LAST]


def _ended(site: str, patient: str | None, on: str) -> tuple[int, bool] | None:
    """Days to progression or death, else to the last scan that could tell; None: not followed."""
    local = {
        (place, row["imaging_id"])
        for place, row in of_all_sites("lesion_response")
        if row["local_tumour_progression"] == "Y"
    }
    events, told, scans = [], [0], 0
    for place, row in of_all_sites("followup_imaging"):
        if row["patient_pseudo_id"] != patient or (row["imaging_date"] or "") < on:
            continue
        scans += 1
        since = days(on, row["imaging_date"])
        elsewhere = row["new_lesion"] in ELSEWHERE or (place, row["imaging_id"]) in local
        if elsewhere or row["overall_response"] == "PD":
            events.append(since)
        if elsewhere or row["overall_response"] in ("CR", "PR", "SD", "PD"):
            told.append(since)
    for _, row in of_all_sites("subsequent_treatment"):
        is_of = row["patient_pseudo_id"] == patient and (row["treatment_date"] or "") >= on
        if is_of and row["reason"] in ("LTP", "DISTANT"):
            events.append(days(on, row["treatment_date"]))
    if patient in deaths():
        events.append(days(on, deaths()[patient]))
    limit = (complete_to(site) - day(on)).days
    if events and min(events) <= limit:
        return min(events), True
    is_known = any(row["patient_pseudo_id"] == patient for _, row in of_all_sites("vital_status"))
    return (min(max(told), limit), False) if is_known or scans else None


class Lesion(NamedTuple):
    """A lesion from the session that was shown to work, to what ended the time after it."""

    on: str
    site: str
    procedure: str
    lesion: str
    patient: str | None
    days: int
    cause: str | None


def local_progression(site: str) -> tuple[float, int, int]:
    """E4 per patient: the cumulative incidence at 12 months, patients, and those who progressed."""
    by_patient: dict[str | None, list[Lesion]] = {}
    for lesion in (one for place in sites() for one in _lesions(place)):
        by_patient.setdefault(lesion.patient, []).append(lesion)
    ended = []
    for lesions in by_patient.values():
        first = min(lesions)
        if first.site == site and FIRST <= day(first.on) <= LAST:
            ended.append(_first_end(lesions, first.on))
    free, incidence = 1.0, 0.0
    for moment in sorted({time for time, cause in ended if cause and time <= YEAR}):
        at_risk = sum(time >= moment for time, _ in ended)
        causes = [cause for time, cause in ended if time == moment and cause]
        incidence += free * causes.count("local progression") / at_risk
        free *= 1 - len(causes) / at_risk
    return incidence, len(ended), sum(cause == "local progression" for _, cause in ended)


def _first_end(lesions: list[Lesion], start: str) -> tuple[int, str | None]:
    """The first local progression of any lesion, else death or transplant, else the last look."""
    told = [(days(start, one.on) + one.days, one.cause) for one in lesions]
    progressed = [time for time, cause in told if cause == "local progression"]
    if progressed:
        return min(progressed), "local progression"
    competing = [time for time, cause in told if cause]
    return (min(competing), "competing") if competing else (max(told)[0], None)


def _lesions(site: str) -> list[Lesion]:
    procedures = {row["procedure_id"]: row for row in rows(site, "procedure")}
    sessions: dict[str, list[tuple[str, str]]] = {}
    for row in rows(site, "lesion_treatment"):
        dated = procedures[row["procedure_id"]]["procedure_date"] or ""
        sessions.setdefault(row["lesion_id"] or "", []).append((dated, row["procedure_id"] or ""))
    found = []
    for lesion, treated in sessions.items():
        treated.sort()
        for number, (on, procedure) in enumerate(treated[:3]):
            patient = procedures[procedure]["patient_pseudo_id"]
            until = treated[number + 1][0] if number + 1 < len(treated) else "9999"
            scan = _month_scan(site, lesion, patient, on, until)
            if scan is None:
                continue
            if day(on) <= complete_to(site):
                ended = _end(site, lesion, patient, on, scan)
                found.append(Lesion(on, site, procedure, lesion, patient, *ended))
            break
    return found


def _looks(site: str, lesion: str, patient: str | None) -> list[tuple[str, str, Row]]:
    """Date and id of the patient's scans at the site, with what each says of the lesion."""
    answers = {
        row["imaging_id"]: row
        for row in rows(site, "lesion_response")
        if row["lesion_id"] == lesion
    }
    silent: Row = {"technique_efficacy": None, "local_tumour_progression": None}
    return [
        (row["imaging_date"] or "", row["imaging_id"] or "", answers.get(row["imaging_id"], silent))
        for row in rows(site, "followup_imaging")
        if row["patient_pseudo_id"] == patient
    ]


def _month_scan(site: str, lesion: str, patient: str | None, on: str, until: str) -> str | None:
    """The day of the one-month scan, where it shows efficacy."""
    scans = [
        (said["technique_efficacy"] in ("Y", "N"), seen, scan, said["technique_efficacy"])
        for seen, scan, said in _looks(site, lesion, patient)
        if 21 <= days(on, seen) <= 60 and seen < until
    ]
    if not scans:
        return None
    *_, efficacy = best = max(scans, key=lambda one: one[:3])
    return best[1] if efficacy == "Y" else None


def _end(
    site: str, lesion: str, patient: str | None, on: str, month: str
) -> tuple[int, str | None]:
    """Days and what ended them: progression, transplant, death; None where only looked at."""
    looks = [(seen, said) for seen, _, said in _looks(site, lesion, patient) if seen >= on]
    ends: dict[str, list[int]] = {"local progression": [], "transplant": [], "death": []}
    resected: list[int] = []
    for seen, said in looks:
        if said["local_tumour_progression"] == "Y" and seen > month:
            ends["local progression"].append(days(on, seen))
    for place, row in of_all_sites("subsequent_treatment"):
        if row["patient_pseudo_id"] != patient or (row["treatment_date"] or "") < on:
            continue
        since = days(on, row["treatment_date"])
        is_of_lesion = place == site and row["lesion_id"] == lesion
        if is_of_lesion and row["reason"] == "LTP":
            ends["local progression"].append(since)
        if row["treatment_type"] == "TRANSPLANT":
            ends["transplant"].append(since)
        if is_of_lesion and row["treatment_type"] == "RESECTION":
            resected.append(since)
    if patient in deaths():
        ends["death"].append(days(on, deaths()[patient]))
    limit = (complete_to(site) - day(on)).days
    first = min(
        [*resected, *(time for times in ends.values() for time in times)], default=limit + 1
    )
    if first <= limit:
        return first, next((cause for cause, times in ends.items() if first in times), None)
    assessed = [
        days(on, seen)
        for seen, said in looks
        if said["local_tumour_progression"] in ("Y", "N")
        or said["technique_efficacy"] in ("Y", "N")
    ]
    return min(max(assessed), limit), None


def visual_scale(site: str) -> tuple[float, int, int, int]:
    """Q1V: mean change of the EQ-5D visual analogue scale to month 3, patients, better, worse."""
    changes = []
    for patient, on in _of_period(site):
        before, after = (_nearest(patient, on, *window) for window in ((-42, 0, 0), (61, 135, 91)))
        if before is not None and after is not None:
            changes.append(after - before)
    better = sum(change >= 7 for change in changes)
    worse = sum(change <= -7 for change in changes)
    return sum(changes) / len(changes), len(changes), better, worse


def _nearest(patient: str | None, on: str, first: int, last: int, nominal: int) -> float | None:
    """The scale as answered nearest a day, within a window."""
    answers = [
        (abs(days(on, row["completed_date"]) - nominal), -_ordinal(row), row["vas"])
        for _, row in of_all_sites("prom")
        if row["patient_pseudo_id"] == patient
        and row["instrument"] == "EQ-5D-5L"
        and first <= days(on, row["completed_date"]) <= last
    ]
    if not answers:
        return None
    *_, vas = min(answers, key=lambda one: one[:2])
    return None if vas is None else float(vas)


def _ordinal(row: Row) -> int:
    return date.fromisoformat(row["completed_date"] or "").toordinal()
