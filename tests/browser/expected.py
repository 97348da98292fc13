"""The figures of the demo worked out by hand, as the protocol defines them.

Nothing of the product is imported.
"""

from __future__ import annotations

import math
from collections import Counter
from datetime import date
from functools import cache

from tests.browser.walk import Row, accepted, current, exports, register, rows

FIRST, LAST = date(2023, 10, 1), date(2026, 9, 30)  # rolling 36 months to the data date
QUARTERS = [
    (date(year, month, 1), date(year, month + 2, 30 if month in (4, 7) else 31))
    for year in (2024, 2025, 2026)
    for month in (1, 4, 7, 10)
    if date(2024, 4, 1) <= date(year, month, 1) <= LAST
]


def sites() -> list[str]:
    return sorted(current())


def quarters_sent(site: str) -> set[tuple[date, date]]:
    sent = set()
    for path in accepted():
        one = exports()[path]
        if one["site"] == site:
            start, end = day(one["period_start"]), day(one["period_end"])
            sent |= {quarter for quarter in QUARTERS if start <= quarter[0] and quarter[1] <= end}
    return sent


def complete_to(site: str) -> date:
    """The end of the last quarter in the unbroken run of accepted submissions."""
    last = date.min
    for quarter in QUARTERS:
        if quarter not in quarters_sent(site):
            break
        last = quarter[1]
    return last


def day(text: str | None) -> date:
    assert text is not None
    return date.fromisoformat(text)


def days(first: str | None, second: str | None) -> int:
    return (day(second) - day(first)).days


def procedures(site: str, mature_days: int = 0) -> list[Row]:
    """Procedures of the 36 months, followed for some days up to the complete-to date."""
    return [
        row
        for row in rows(site, "procedure")
        if FIRST <= day(row["procedure_date"]) <= LAST
        and (complete_to(site) - day(row["procedure_date"])).days >= mature_days
    ]


def complication_rate(site: str, category: str | None, window: int) -> tuple[int, int]:
    """Events and eligible: complications of a category, or (None) of grade IIIa or worse."""
    found = {
        row["procedure_id"]
        for row in rows(site, "complication")
        if (
            row["nice_category"] == category
            if category
            else (row["clavien_dindo"] or "").startswith(("III", "IV", "V"))
        )
        and (category != "ADJACENT_STRUCTURE" or row["relatedness"] in RELATED)
        and 0 <= days(_date_of(site, row["procedure_id"]), row["onset_date"]) <= window
    }
    eligible = {row["procedure_id"] for row in procedures(site, window)}
    return len(found & eligible), len(eligible)


def silent(site: str, window: int) -> int:
    """Eligible procedures with no complication of any kind, and none confirmed."""
    told = {row["procedure_id"] for row in rows(site, "complication")}
    return sum(
        row["procedure_id"] not in told and row["no_complication_confirmed"] not in ("Y", True)
        for row in procedures(site, window)
    )


def known_rate(site: str, category: str | None, window: int) -> tuple[int, int]:
    """Events, and eligible procedures of which it is known."""
    events, n = complication_rate(site, category, window)
    return events, n - silent(site, window)


def in_order(site: str, category: str, window: int) -> list[bool]:
    """Whether each procedure with a known outcome had the event, in order of date and id."""
    told = {row["procedure_id"] for row in rows(site, "complication")}
    happened = {
        row["procedure_id"]
        for row in rows(site, "complication")
        if row["nice_category"] == category
        and 0 <= days(_date_of(site, row["procedure_id"]), row["onset_date"]) <= window
    }
    known = [
        row
        for row in procedures(site, window)
        if row["procedure_id"] in told or row["no_complication_confirmed"] in ("Y", True)
    ]
    known.sort(key=lambda row: (row["procedure_date"] or "", row["procedure_id"] or ""))
    return [row["procedure_id"] in happened for row in known]


def gaps(outcomes: list[bool]) -> tuple[list[int], int]:
    """Procedures without the event before each one with it, and since the last."""
    found, since = [], 0
    for is_event in outcomes:
        if is_event:
            found.append(since)
        since = 0 if is_event else since + 1
    return found, since


def signals(outcomes: list[bool], expected: float, threshold: float) -> list[int]:
    """The procedures (from 1) at which a CUSUM for doubled odds reaches its threshold."""
    total, found = 0.0, []
    for number, is_event in enumerate(outcomes, start=1):
        total = max(0.0, total + is_event * math.log(2) - math.log(1 + expected))
        if total >= threshold:
            found.append(number)
            total = 0.0
    return found


def synchronised(site: str) -> list[tuple[int, int]]:
    """Arrhythmia on day 0 to 1 with and without ECG synchronisation: events, and procedures
    of which it is known."""
    told = {row["procedure_id"] for row in rows(site, "complication")}
    events = {
        row["procedure_id"]
        for row in rows(site, "complication")
        if row["nice_category"] == "ARRHYTHMIA"
        and 0 <= days(_date_of(site, row["procedure_id"]), row["onset_date"]) <= 1
    }
    of_kind = [
        {
            row["procedure_id"]
            for row in procedures(site, 1)
            if row["ecg_sync_used"] == is_used
            and (row["procedure_id"] in told or row["no_complication_confirmed"] in ("Y", True))
        }
        for is_used in ("Y", "N")
    ]
    return [(len(ids & events), len(ids)) for ids in of_kind]


RELATED = ("DEFINITE", "PROBABLE", "POSSIBLE", "9")


def _date_of(site: str, procedure_id: str | None) -> str | None:
    return current()[site]["procedure"][(procedure_id,)]["procedure_date"]


@cache
def deaths() -> dict[str | None, str | None]:
    """Date of death by patient, whichever site reports it."""
    found: dict[str | None, str | None] = {}
    for site in sites():
        for row in rows(site, "vital_status"):
            if row["status"] == "DEAD":
                found[row["patient_pseudo_id"]] = row["death_date"] or row["status_date"]
    return found


def mortality(site: str, window: int) -> tuple[int, int]:
    """Deaths and eligible procedures."""
    eligible = procedures(site, window)
    died = [
        row
        for row in eligible
        if row["patient_pseudo_id"] in deaths()
        and 0 <= days(row["procedure_date"], deaths()[row["patient_pseudo_id"]]) <= window
    ]
    return len(died), len(eligible)


def designated(site: str) -> tuple[int, int]:
    """C3: procedures on a day that a designation covers, and all."""
    spans = [one for one in register("site_designation") if one["site_ods_code"] == site]
    all_of = procedures(site)
    met = [row for row in all_of if any(_covers(one, row["procedure_date"]) for one in spans)]
    return len(met), len(all_of)


def _covers(span: Row, on: str | None) -> bool:
    assert on is not None
    return (span["designation_start"] or "") <= on <= (span["designation_end"] or "9999")


def approved(site: str) -> tuple[int, int]:
    """C5: procedures under a governance approval in force, and all."""
    approvals = {row["approval_id"]: row for row in rows(site, "governance_approval")}
    all_of = procedures(site)
    met = 0
    for row in all_of:
        one = approvals.get(row["approval_id"])
        on = row["procedure_date"] or ""
        met += (
            one is not None
            and one["decision"] in ("APPROVED", "APPROVED_CONDITIONS")
            and (one["valid_from"] or "9999") <= on <= (one["valid_to"] or "9999")
        )
    return met, len(all_of)


def in_research(site: str) -> tuple[int, int]:
    """C1: procedures in approved, open, consented research, and all."""
    enrolments = {row["enrolment_id"]: row for row in rows(site, "research_enrolment")}
    studies = {row["study_id"]: row for row in register("research_study")}
    confirmed = [row for row in register("study_site") if row["site_ods_code"] == site]
    all_of = procedures(site)
    met = 0
    for row in all_of:
        on = row["procedure_date"] or ""
        one = enrolments.get(row["enrolment_id"])
        study = studies.get(one["study_id"]) if one else None
        met += (
            one is not None
            and study is not None
            and (one["consent_date"] or "9999") <= on
            and "TREATMENT" in (one["consent_scope"] or "").split(";")
            and (study["rec_favourable_opinion_date"] or "9999") <= on
            and (study["study_open"] or "9999") <= on <= (study["study_close"] or "9999")
            and any(
                place["study_id"] == one["study_id"]
                and (place["site_confirmation_date"] or "9999") <= on
                and on <= (place["closed"] or "9999")
                for place in confirmed
            )
        )
    return met, len(all_of)


def efficacy(site: str) -> tuple[int, int]:
    """E2: lesions without viable tumour at the one-month scan, and those scanned."""
    dated = {row["procedure_id"]: row["procedure_date"] for row in rows(site, "procedure")}
    patients = {row["procedure_id"]: row["patient_pseudo_id"] for row in rows(site, "procedure")}
    mature = {row["procedure_id"] for row in procedures(site, 60)}
    treatments: dict[str | None, list[tuple[str, str]]] = {}
    for row in rows(site, "lesion_treatment"):
        on, which = dated[row["procedure_id"]], row["procedure_id"]
        treatments.setdefault(row["lesion_id"], []).append((on or "", which or ""))
    answers = {
        (row["imaging_id"], row["lesion_id"]): row["technique_efficacy"]
        for row in rows(site, "lesion_response")
    }
    met = scanned = 0
    for lesion, treated in treatments.items():
        (on, procedure), *later = sorted(treated)
        if procedure not in mature:
            continue
        until = later[0][0] if later else "9999"
        scans = [
            (answers.get((row["imaging_id"], lesion)) in ("Y", "N"), row["imaging_date"], row)
            for row in rows(site, "followup_imaging")
            if row["patient_pseudo_id"] == patients[procedure]
            and 21 <= days(on, row["imaging_date"]) <= 60
            and (row["imaging_date"] or "") < until
        ]
        if scans:
            best = max(scans, key=lambda scan: (scan[0], scan[1] or ""))[2]
            scanned += 1
            met += answers.get((best["imaging_id"], lesion)) == "Y"
    return met, scanned


def technical_success(site: str) -> tuple[int, int]:
    """E1: procedures completed as planned, and all of which it was told."""
    told = [row["technical_success"] for row in procedures(site)]
    known = [one for one in told if one is not None]
    return sum(one in ("Y", True) for one in known), len(told)


def best_responses(site: str) -> Counter[str | None]:
    """The response told at the scan with the greatest fall, of each patient measured."""
    best: dict[str | None, tuple[float, str, str | None]] = {}
    for patient, on in first_treated(site).items():
        for row in rows(site, "followup_imaging"):
            before, after = row["sum_baseline_mm"], row["sum_viable_mm"]
            is_of = row["patient_pseudo_id"] == patient and on <= (row["imaging_date"] or "")
            if not is_of or before is None or after is None or not float(before):
                continue
            if day(row["imaging_date"]) <= complete_to(site):
                change = float(after) / float(before)
                found = (change, row["imaging_date"] or "", row["overall_response"])
                best[patient] = min(best.get(patient, found), found)
    return Counter(response for _, _, response in best.values())


def first_treated(site: str) -> dict[str | None, str]:
    """Patients whose first IRE was at a site, before it is complete, and its day."""
    first: dict[str | None, tuple[str, str]] = {}
    for place in sites():
        for row in rows(place, "procedure"):
            began = (row["procedure_date"] or "", place)
            first[row["patient_pseudo_id"]] = min(began, first.get(row["patient_pseudo_id"], began))
    return {
        patient: on
        for patient, (on, place) in first.items()
        if place == site and day(on) <= complete_to(site)
    }


def courses(site: str) -> list[tuple[int, bool]]:
    """Days followed, and whether that ended in death, of patients first treated at a site."""
    alive: dict[str | None, str] = {}
    for place in sites():
        for row in rows(place, "vital_status"):
            if row["status"] != "DEAD":
                patient = row["patient_pseudo_id"]
                alive[patient] = max(alive.get(patient, ""), row["status_date"] or "")
    times = []
    for patient, on in first_treated(site).items():
        limit = (complete_to(site) - day(on)).days
        if patient in deaths() and days(on, deaths()[patient]) <= limit:
            times.append((days(on, deaths()[patient]), True))
        else:
            last = limit if patient in deaths() else days(on, alive[patient])
            times.append((min(last, limit), False))
    return times


def follow_up_days(site: str) -> float:
    """Median follow-up by reverse Kaplan-Meier: a death is what hides the end."""
    times = courses(site)
    estimate = 1.0
    for moment in sorted({time for time, died in times if not died}):
        # A death on the day of a censoring still counts among those at risk.
        at_risk = sum(time >= moment for time, _ in times)
        estimate *= 1 - sum(not died and time == moment for time, died in times) / at_risk
        if estimate < 0.5:
            return moment
    return math.inf


def survival(site: str, years: float) -> tuple[float, int, int]:
    """Kaplan-Meier at a time, patients and deaths, of patients first treated at a site."""
    times = courses(site)
    return kaplan_meier(times, years), len(times), sum(died for _, died in times)


def kaplan_meier(times: list[tuple[int, bool]], years: float) -> float:
    """The share without the event at a time: days followed, and whether they ended in it."""
    estimate = 1.0
    for moment in sorted({time for time, is_event in times if is_event}):
        if moment <= years * 365.25:
            at_risk = sum(time >= moment for time, _ in times)
            events = sum(is_event and time == moment for time, is_event in times)
            estimate *= 1 - events / at_risk
    return estimate


# What a page says of counts


def wilson(events: int, n: int) -> tuple[float, float]:
    z = 1.959963984540054
    share, spread = events / n, z * z / n
    half = z * math.sqrt(share * (1 - share) / n + spread / (4 * n))
    return (share + spread / 2 - half) / (1 + spread), (share + spread / 2 + half) / (1 + spread)


def percent_and_interval(events: int, known: int) -> str:
    """12.9 % (95 % interval 5.1–28.9 %)."""
    lower, upper = wilson(events, known)
    return f"{100 * events / known:.1f} % (95 % interval {100 * lower:.1f}–{100 * upper:.1f} %)"


def rounded(count: int) -> str:
    """As published: 1 to 7 are suppressed, others to the nearest 5."""
    return "*" if 1 <= count <= 7 else str(5 * ((2 * count + 5) // 10))


def national(counts: list[int]) -> str:
    """Of all sites together: suppressed, too, unless ten more than the count of any one site."""
    told = [rounded(count) for count in (sum(counts), *counts)]
    whole, *sites = (5 if text == "*" else int(text) for text in told)
    return told[0] if not sum(counts) or whole - max(sites) >= 10 else "*"
