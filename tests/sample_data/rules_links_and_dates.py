"""K05 and the date rules, told a second time: D01 to D24, research, MDT and governance."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from expectations.dictionary import site_tables
from tests.sample_data.oracle import Found, Row, Rule, State

PARENTS = ("patient", "procedure", "lesion", "followup_imaging")
EVENTS = (
    ("complication", "onset_date"),
    ("followup_imaging", "imaging_date"),
    ("prom", "completed_date"),
    ("subsequent_treatment", "treatment_date"),
)
# table, the later date, the earlier one, and whether the same day will do
ORDERS = (
    ("governance_approval", "decision_date", "application_date", True),
    ("governance_approval", "valid_to", "valid_from", True),
    ("operator_training", "expiry_date", "training_date", False),
    ("research_enrolment", "withdrawal_date", "consent_date", True),
    ("complication", "resolved_date", "onset_date", True),
    ("complication", "yellow_card_date", "onset_date", True),
    ("procedure", "readmission_30d_date", "discharge_date", False),
)


def links(state: State) -> Iterator[Found]:
    studies = {row["study_id"] for row in state.register["research_study"]}
    for name, table in site_tables().items():
        for column in table.columns.values():
            parent = column.references
            if parent is None:
                continue
            for row in state.all(name):
                value = row[column.name]
                if value is None:
                    continue
                if parent == "research_study":
                    is_known = value in studies
                else:
                    is_known = bool(state.where(parent, site_tables()[parent].key[0], value))
                if not is_known:
                    yield "K05a" if parent in PARENTS else "K05b", row, column.name


def orders(state: State) -> Iterator[Found]:
    for table, later, earlier, same_day in ORDERS:
        for row in state.all(table):
            days = (row[later], row[earlier])
            if None not in days and (days[0] < days[1] or (days[0] == days[1] and not same_day)):
                yield f"{table}.{later}.HARD", row, later


def dates_of_patients(state: State) -> Iterator[Found]:
    for row in state.all("patient"):
        diagnosed, born = row["diagnosis_date"], row["birth_year_month"]
        is_month = born is not None and len(born) == 7 and born[4] == "-"
        if diagnosed and is_month and f"{diagnosed:%Y-%m}" <= born:
            yield "D01a", row, "diagnosis_date"
        first = state.first_procedure_of(row["patient_pseudo_id"])
        if diagnosed and first and diagnosed > first:
            yield "D01b", row, "diagnosis_date"
    for row in state.all("mdt_review"):
        patient = state.one("patient", "patient_pseudo_id", row["patient_pseudo_id"])
        diagnosed = patient["diagnosis_date"] if patient else None
        if diagnosed and row["meeting_date"] and row["meeting_date"] < diagnosed:
            yield "D01f", row, "meeting_date"


def vital_status(state: State) -> Iterator[Found]:
    for row in state.all("vital_status"):
        patient, told = row["patient_pseudo_id"], row["status_date"]
        if told is None:
            continue
        days = [p["procedure_date"] for p in state.procedures_of(patient)]
        if days and told < max(days):
            yield "D01e", row, "status_date"
            continue
        events = [
            event[column]
            for table, column in EVENTS
            for event in state.where(table, "patient_pseudo_id", patient)
            if event[column]
        ]
        # An event after a death is for D12b and D13 to tell.
        if events and told < max(events) and row["status"] != "DEAD":
            yield "D16", row, "status_date"
        # A row is stale on the day of its own extract, not on that of a later one.
        if row.line and row["status"] == "ALIVE" and told < _six_months_before(state.extracted):
            yield "D17", row, "status_date"


def _six_months_before(day: date) -> date:
    month = day.month - 6
    year, month = (day.year, month) if month > 0 else (day.year - 1, month + 12)
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month, min(day.day, last))


def dates_of_procedures(state: State) -> Iterator[Found]:
    for row in state.all("procedure"):
        day = row["procedure_date"]
        if day is None:
            continue
        if row["admission_date"] and row["admission_date"] > day:
            yield "D01c", row, "admission_date"
        if row["discharge_date"] and row["discharge_date"] < day:
            yield "D01d", row, "discharge_date"
        death = state.death_of(row["patient_pseudo_id"])
        if death and day > death:
            yield "D14", row, "procedure_date"


def ages(state: State) -> Iterator[Found]:
    for row in state.all("patient"):
        born, days = row["birth_year_month"], state.procedures_of(row["patient_pseudo_id"])
        if born is None or not re.match("^[0-9]{4}-(0[1-9]|1[0-2])$", born) or not days:
            continue
        if row["diagnosis_date"] and f"{row['diagnosis_date']:%Y-%m}" < born:
            continue  # D01a tells it
        reached = [_age(born, procedure["procedure_date"]) for procedure in days]
        if min(reached) < 0 or max(reached) > 110:
            yield "D23b", row, "birth_year_month"
        elif min(reached) < 18 or max(reached) > 90:
            yield "D23a", row, "birth_year_month"


def _age(born: str, day: date) -> int:
    """In the month of birth as after the birthday."""
    return day.year - int(born[:4]) - (day.month < int(born[5:]))


def stays(state: State) -> Iterator[Found]:
    for row in state.all("procedure"):
        admitted, day, left = (
            row[name] for name in ("admission_date", "procedure_date", "discharge_date")
        )
        if None in {admitted, day, left} or not admitted <= day <= left:
            continue
        nights = (left - admitted).days
        if nights > 365:
            yield "D24b", row, "discharge_date"
        elif not 1 <= nights <= 4:
            yield "D24a", row, "discharge_date"


def mdt(state: State) -> Iterator[Found]:
    for row in state.all("procedure"):
        review, day = state.one("mdt_review", "mdt_id", row["mdt_id"]), row["procedure_date"]
        if row["mdt_id"] is None:
            yield "D02", row, "mdt_id"
        if review is None:
            continue
        met = review["meeting_date"]
        if met and day and met > day:
            yield "D02", row, "mdt_id"
        if met and day and (day - met).days > 90:
            yield "D03", row, "mdt_id"
        if review["recommendation"] not in {"IRE", None}:
            yield "T10", row, "mdt_id"
        if review["mdt_level"] == "LOCAL":
            yield "T11", row, "mdt_id"


def research(state: State) -> Iterator[Found]:
    studies = {row["study_id"]: row for row in state.register["research_study"]}
    for row in state.all("procedure"):
        enrolment = state.one("research_enrolment", "enrolment_id", row["enrolment_id"])
        if row["enrolment_id"] is None:
            yield "D04", row, "enrolment_id"
        if enrolment is None or row["procedure_date"] is None:
            continue
        if enrolment["consent_date"] and enrolment["consent_date"] > row["procedure_date"]:
            yield "D04", row, "enrolment_id"
        if enrolment["study_id"] in studies:
            yield from _in_study(state, row, studies[enrolment["study_id"]])
    for name, study in studies.items():
        rows = [r for r in state.where("research_enrolment", "study_id", name) if r["consent_date"]]
        if rows and study["public_registration_date"]:
            first = min(rows, key=lambda row: row["consent_date"])
            latest = first["consent_date"] + timedelta(days=42)
            if date.fromisoformat(study["public_registration_date"]) > latest:
                yield "D07", first, "consent_date"


def _in_study(state: State, row: Row, study: dict[str, str]) -> Iterator[Found]:
    day = row["procedure_date"].isoformat()
    opinion, closed = study["rec_favourable_opinion_date"], study["study_close"]
    if not opinion or opinion > day or study["study_open"] > day or (closed and closed < day):
        yield "D05", row, "enrolment_id"
    places = [
        place
        for place in state.register["study_site"]
        if (place["study_id"], place["site_ods_code"]) == (study["study_id"], state.site)
    ]
    if not any(
        place["site_confirmation_date"] <= day <= (place["closed"] or "9999") for place in places
    ):
        yield "D06", row, "enrolment_id"


def operators(state: State) -> Iterator[Found]:
    for row in state.all("procedure"):
        day, operator = row["procedure_date"], row["primary_operator_pseudo_id"]
        training = state.where("operator_training", "operator_pseudo_id", operator)
        if not training or day is None:
            continue
        signed = any(
            t["training_type"] == "SIGN_OFF"
            and t["training_date"] <= day <= (t["expiry_date"] or date.max)
            for t in training
        )
        proctored = row["supervised"] and any(
            t["training_type"] == "PROCTORED_CASE" and t["training_date"] == day for t in training
        )
        if not signed and not proctored:
            yield "D08", row, "primary_operator_pseudo_id"


def governance(state: State) -> Iterator[Found]:
    spans = [
        (r["designation_start"], r["designation_end"] or "9999")
        for r in state.register["site_designation"]
        if r["site_ods_code"] == state.site
    ]
    for row in state.all("procedure"):
        day = row["procedure_date"]
        if day and not any(start <= day.isoformat() <= end for start, end in spans):
            yield "D09", row, "procedure_date"
        approval = state.one("governance_approval", "approval_id", row["approval_id"])
        if row["approval_id"] is None:
            yield "D10", row, "approval_id"
        elif approval is not None and day is not None:
            is_approved = approval["decision"] in {"APPROVED", "APPROVED_CONDITIONS"}
            if not is_approved or not approval["valid_from"] <= day <= approval["valid_to"]:
                yield "D10", row, "approval_id"
    for row in state.all("governance_approval"):
        start, end = row["valid_from"], row["valid_to"]
        if start and end and end > start.replace(year=start.year + 3):
            yield "D22", row, "valid_to"


def lesions(state: State) -> Iterator[Found]:
    for row in state.all("lesion"):
        treated = state.where("lesion_treatment", "lesion_id", row["lesion_id"])
        named = [state.one("procedure", "procedure_id", t["procedure_id"]) for t in treated]
        days = [p["procedure_date"] for p in named if p and p["procedure_date"]]
        imaged = row["baseline_imaging_date"]
        if days and imaged and not 0 <= (min(days) - imaged).days <= 42:
            yield "D11", row, "baseline_imaging_date"
    seen: set[tuple[str, float]] = set()
    for row in sorted(state.all("lesion"), key=lambda row: row.line or 0):  # held rows first
        number = (row["patient_pseudo_id"], row["lesion_no"])
        if row["lesion_no"] is not None and number in seen:
            yield "D21", row, "lesion_no"
        seen.add(number)


def after_procedure(state: State) -> Iterator[Found]:
    for row in state.all("complication"):
        procedure = state.one("procedure", "procedure_id", row["procedure_id"])
        day, onset = procedure and procedure["procedure_date"], row["onset_date"]
        if day and onset and onset < day:
            yield "D12a", row, "onset_date"
        report, recorded = row["yellow_card_date"], row["recorded_date"]
        if report and recorded and (report - recorded).days > 30:
            yield "D15", row, "yellow_card_date"
    for row in state.all("followup_imaging"):
        first = state.first_procedure_of(row["patient_pseudo_id"])
        if first and row["imaging_date"] and row["imaging_date"] < first:
            yield "D20", row, "imaging_date"


def before_death(state: State) -> Iterator[Found]:
    for rule, table, column in (
        ("D12b", "complication", "onset_date"),
        ("D13a", "followup_imaging", "imaging_date"),
        ("D13b", "prom", "completed_date"),
        ("D13c", "subsequent_treatment", "treatment_date"),
    ):
        for row in state.all(table):
            death = state.death_of(row["patient_pseudo_id"])
            if death and row[column] and row[column] > death:
                yield rule, row, column


LINKS_AND_DATES: tuple[Rule, ...] = (
    links, orders, dates_of_patients, vital_status, dates_of_procedures, ages, stays, mdt, research,
    operators, governance, lesions, after_procedure, before_death,
)  # fmt: skip
