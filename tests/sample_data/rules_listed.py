"""The cross-field and cross-table rules that the checks know, told a second time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from expectations.dictionary import code_lists, site_tables
from tests.sample_data.oracle import Found, Rule, State

PARENTS = ("patient", "procedure", "lesion", "followup_imaging")
ICD10 = {"HCC": "C22.0", "MIXED": "C22.0", "ICCA": "C22.1"}


def keys(state: State) -> Iterator[Found]:
    for name, table in site_tables().items():
        seen: set[tuple[str, ...]] = set()
        for row in state.all(name):
            if row.key in seen:
                yield "K04a", row, table.key[0]
            seen.add(row.key)


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


def dates_of_patients(state: State) -> Iterator[Found]:
    for row in state.all("patient"):
        diagnosed, born = row["diagnosis_date"], row["birth_year_month"]
        is_month = born is not None and len(born) == 7 and born[4] == "-"
        if diagnosed and is_month and f"{diagnosed:%Y-%m}" <= born:
            yield "D01a", row, "diagnosis_date"
        days = [p["procedure_date"] for p in state.procedures_of(row["patient_pseudo_id"])]
        if diagnosed and days and diagnosed > min(days):
            yield "D01b", row, "diagnosis_date"
    for row in state.all("vital_status"):
        days = [p["procedure_date"] for p in state.procedures_of(row["patient_pseudo_id"])]
        if row["status_date"] and days and row["status_date"] < max(days):
            yield "D01e", row, "status_date"
    for row in state.all("mdt_review"):
        patient = state.one("patient", "patient_pseudo_id", row["patient_pseudo_id"])
        diagnosed = patient["diagnosis_date"] if patient else None
        if diagnosed and row["meeting_date"] and row["meeting_date"] < diagnosed:
            yield "D01f", row, "meeting_date"


def dates_of_procedures(state: State) -> Iterator[Found]:
    for row in state.all("procedure"):
        day = row["procedure_date"]
        if row["admission_date"] and row["admission_date"] > day:
            yield "D01c", row, "admission_date"
        if row["discharge_date"] and row["discharge_date"] < day:
            yield "D01d", row, "discharge_date"
        death = state.death_of(row["patient_pseudo_id"])
        if death and day > death:
            yield "D14", row, "procedure_date"


def mdt(state: State) -> Iterator[Found]:
    for row in state.all("procedure"):
        review = state.one("mdt_review", "mdt_id", row["mdt_id"])
        if row["mdt_id"] is None:
            yield "D02", row, "mdt_id"
        if review is None:
            continue
        met, day = review["meeting_date"], row["procedure_date"]
        if met and met > day:
            yield "D02", row, "mdt_id"
        if met and (day - met).days > 90:
            yield "D03", row, "mdt_id"
        if review["recommendation"] not in {"IRE", None}:
            yield "T10", row, "mdt_id"
        if review["mdt_level"] == "LOCAL":
            yield "T11", row, "mdt_id"


def research(state: State) -> Iterator[Found]:
    studies = {row["study_id"]: row for row in state.register["research_study"]}
    places = {
        row["study_id"]: row
        for row in state.register["study_site"]
        if row["site_ods_code"] == state.site
    }
    for row in state.all("procedure"):
        day = row["procedure_date"].isoformat()
        enrolment = state.one("research_enrolment", "enrolment_id", row["enrolment_id"])
        if row["enrolment_id"] is None:
            yield "D04", row, "enrolment_id"
        if enrolment is None:
            continue
        if enrolment["consent_date"] and enrolment["consent_date"].isoformat() > day:
            yield "D04", row, "enrolment_id"
        study = studies.get(enrolment["study_id"])
        if study is None:
            continue
        opinion, closed = study["rec_favourable_opinion_date"], study["study_close"]
        if not opinion or opinion > day or study["study_open"] > day or (closed and closed < day):
            yield "D05", row, "enrolment_id"
        place = places.get(enrolment["study_id"])
        if (
            place is None
            or place["site_confirmation_date"] > day
            or (place["closed"] and place["closed"] < day)
        ):
            yield "D06", row, "enrolment_id"
    for name, study in studies.items():
        rows = [r for r in state.where("research_enrolment", "study_id", name) if r["consent_date"]]
        if rows and study["public_registration_date"]:
            first = min(rows, key=lambda row: row["consent_date"])
            latest = first["consent_date"] + timedelta(days=42)
            if date.fromisoformat(study["public_registration_date"]) > latest:
                yield "D07", first, "consent_date"


def operators(state: State) -> Iterator[Found]:
    for row in state.all("procedure"):
        day, operator = row["procedure_date"], row["primary_operator_pseudo_id"]
        training = state.where("operator_training", "operator_pseudo_id", operator)
        signed = any(
            t["training_type"] == "SIGN_OFF"
            and t["training_date"] <= day <= (t["expiry_date"] or date.max)
            for t in training
        )
        proctored = row["supervised"] and any(
            t["training_type"] == "PROCTORED_CASE" and t["training_date"] == day for t in training
        )
        if training and not signed and not proctored:
            yield "D08", row, "primary_operator_pseudo_id"


def governance(state: State) -> Iterator[Found]:
    spans = [
        (r["designation_start"], r["designation_end"] or "9999")
        for r in state.register["site_designation"]
        if r["site_ods_code"] == state.site
    ]
    for row in state.all("procedure"):
        day = row["procedure_date"]
        if not any(start <= day.isoformat() <= end for start, end in spans):
            yield "D09", row, "procedure_date"
        approval = state.one("governance_approval", "approval_id", row["approval_id"])
        if row["approval_id"] is None:
            yield "D10", row, "approval_id"
        elif approval is not None:
            is_approved = approval["decision"] in {"APPROVED", "APPROVED_CONDITIONS"}
            if not is_approved or not approval["valid_from"] <= day <= approval["valid_to"]:
                yield "D10", row, "approval_id"


def lesions(state: State) -> Iterator[Found]:
    for row in state.all("lesion"):
        treated = state.where("lesion_treatment", "lesion_id", row["lesion_id"])
        named = [state.one("procedure", "procedure_id", t["procedure_id"]) for t in treated]
        days = [p["procedure_date"] for p in named if p]
        imaged = row["baseline_imaging_date"]
        if days and imaged and not 0 <= (min(days) - imaged).days <= 42:
            yield "D11", row, "baseline_imaging_date"


def deaths(state: State) -> Iterator[Found]:
    for row in state.all("complication"):
        procedure = state.one("procedure", "procedure_id", row["procedure_id"])
        if procedure and row["onset_date"] and row["onset_date"] < procedure["procedure_date"]:
            yield "D12a", row, "onset_date"
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


def tumours(state: State) -> Iterator[Found]:
    for row in state.all("patient"):
        code, tumour = row["icd10_primary"], row["tumour_type"]
        wanted = ICD10.get(tumour)
        if code == "C78.7":
            yield "T02", row, "icd10_primary"
        if (wanted and code != wanted and code) or (not wanted and code in ICD10.values()):
            yield "T01", row, "icd10_primary"
        if row["bclc_stage"] and tumour not in {"HCC", "MIXED"}:
            yield "T03a", row, "bclc_stage"
        if row["cholangio_category"] and tumour not in {"ICCA", "PHCCA"}:
            yield "T03b", row, "cholangio_category"


def technique(state: State) -> Iterator[Found]:
    for row in state.all("procedure"):
        if row["anaesthesia"] != "GA":
            yield "P01", row, "anaesthesia"
        if row["nmb_used"] is not True or row["tof_count_at_first_pulse"] not in {0, None}:
            yield "P02", row, "nmb_used"
        if row["ecg_sync_used"] is not True:
            yield "P03a", row, "ecg_sync_used"
    for row in state.all("pulse_delivery"):
        if row["ecg_sync"] is not True:
            yield "P03b", row, "ecg_sync"
        if row["spacing_verified_imaging"] == "NO" or row["parallel_confirmed"] is not True:
            yield "P09", row, "parallel_confirmed"


def complications(state: State) -> Iterator[Found]:
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


LISTED: tuple[Rule, ...] = (
    keys, links, dates_of_patients, dates_of_procedures, mdt, research, operators, governance,
    lesions, deaths, tumours, technique, complications,
)  # fmt: skip
BREACHES = frozenset(
    [
        "D02",
        "D04",
        "D05",
        "D06",
        "D08",
        "D09",
        "D10",
        "P01",
        "P02",
        "P03a",
        "P03b",
        "P09",
        "O15",
        "T10",
        "T11",
    ]
)
QUERIES = {"K05b", "D01f", "D03", "D07", "D11", "T01"}


def severity(rule: str) -> str:
    """The severity of a listed cross rule."""
    return "B" if rule in BREACHES else "W" if rule in QUERIES else "R"
