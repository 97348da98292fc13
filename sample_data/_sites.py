"""The sites, the register, and each site's approvals, operators and training."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from sample_data._calendar import not_new_year
from sample_data._rows import Record, Row, row

REGISTER_OPENED = date(2024, 7, 1)
REGISTER_REVISED = date(2025, 7, 14)
LAPSE = date(2025, 6, 30)  # last day of ZZ401's designation
OUTSIDE_FROM = date(2025, 1, 1)  # from here ZZ302 treats a third outside research
TRIAL_CLOSED = date(2025, 5, 31)
LATE_STUDY, TRIAL, COHORT = "STUDY-03", "STUDY-02", "STUDY-01"
LATE_STUDY_REGISTERED = date(2025, 7, 10)
LATE_STUDY_OPEN = date(2025, 4, 1)
CONFIRMED_LATE = date(2025, 6, 16)  # ZZ302 for the late study: first patients came earlier


@dataclass(frozen=True)
class Site:
    """What sets one site apart: how much it does, how it sends, what goes wrong there."""

    code: str
    name: str
    patients: tuple[int, ...]  # new patients a quarter
    export_format: str = "csv-zip"
    lag_days: int = 30  # from the quarter's end to the extract
    instruments: tuple[str, ...] = ("EQ-5D-5L",)
    bleeding: float = 0.05
    has_trainee: bool = False

    @property
    def trust(self) -> str:
        return self.code[:3]


SITES = (
    Site(
        "ZZ101", "Aldermere Infirmary", (5, 5, 5, 5, 5, 5, 6, 5, 4, 5), lag_days=21,
        instruments=("EQ-5D-5L", "QLQ-C30", "QLQ-HCC18"), has_trainee=True,
    ),
    Site(
        "ZZ102", "Brackenholt Hospital", (5, 4, 5, 5, 4, 5, 4, 5, 5, 4), lag_days=27,
        instruments=("EQ-5D-5L", "QLQ-C30"), bleeding=0.3,
    ),
    Site(
        "ZZ201", "Caldwyn General Hospital", (3, 4, 3, 4, 4, 4, 4, 4, 3, 4), "xlsx", 29,
        instruments=("EQ-5D-5L", "QLQ-C30"), has_trainee=True,
    ),
    Site("ZZ301", "Dunsmoor Park Hospital", (2, 3, 3, 2, 3, 3, 3, 2, 3, 3), "parquet", 33),
    Site(
        "ZZ302", "Elverstone Hospital", (3, 3, 3, 4, 4, 4, 3, 4, 3, 4), lag_days=25,
        instruments=("EQ-5D-5L", "FACT-Hep"), has_trainee=True,
    ),
    Site("ZZ401", "Fennick University Hospital", (2, 3, 2, 3, 3, 3, 3, 2, 3, 2), lag_days=35),
    Site("ZZ501", "Gorsedale Hospital", (2, 1, 2, 2, 1, 2, 2, 2, 2), lag_days=36),
    Site("ZZ601", "Harrowmere Hospital", (1, 1, 1, 1, 1, 1, 0, 1, 1, 0), lag_days=34),
)  # fmt: skip


def site_named(code: str) -> Site:
    return next(site for site in SITES if site.code == code)


def register_tables(*, is_revised: bool) -> dict[str, list[Row]]:
    """The register as opened in July 2024, or as revised in July 2025."""
    sites = [
        row(
            "site",
            site_ods_code=site.code,
            trust_ods_code=site.trust,
            site_name=site.name,
            nation="E",
            icb_ods_code="QZ1",
            hpb_specialist_centre=True,
            hpb_smdt_on_site=site.code not in {"ZZ501", "ZZ601"},
            icu_level3_on_site=True,
            annual_ablation_volume=40 + 9 * sum(site.patients[:4]),
            ire_generator_model="Voltaris 6",
            ire_generator_udi_di=_gtin(f"9506000{100 + number:06d}"),
            governance_lead_role_email=f"ire.governance@{site.code.lower()}.example",
            contact_dsp_toolkit_status="EXCEEDED" if number % 3 == 0 else "MET",
        )
        for number, site in enumerate(SITES)
    ]
    designations = [
        row(
            "site_designation",
            site_ods_code=site.code,
            designation_start=date(2019, 4, 2) + timedelta(days=97 * number),
            designation_end=LAPSE if is_revised and site.code == "ZZ401" else None,
            designation_basis="NETWORK" if number % 4 == 3 else "NHSE_CONTRACT",
        )
        for number, site in enumerate(SITES)
    ]
    return {
        "site": sites,
        "site_designation": designations,
        "research_study": _studies(is_revised=is_revised),
        "study_site": _study_sites(is_revised=is_revised),
    }


def _studies(*, is_revised: bool) -> list[Row]:
    cohort = row(
        "research_study", study_id=COHORT, study_design="REGISTRY_BASED", iras_id="9990101",
        rec_reference="23/ZZ/0101", rec_favourable_opinion_date=date(2023, 9, 12),
        hra_hcrw_approval_date=date(2023, 9, 28), isrctn="ISRCTN99999901",
        public_registration_date=date(2023, 10, 4), study_open=date(2023, 10, 16),
    )  # fmt: skip
    trial = row(
        "research_study", study_id=TRIAL, study_design="SINGLE_ARM", iras_id="9990102",
        rec_reference="23/ZZ/0142", rec_favourable_opinion_date=date(2023, 11, 21),
        hra_hcrw_approval_date=date(2023, 12, 5), nct_id="NCT99999902",
        public_registration_date=date(2024, 1, 9), study_open=date(2024, 1, 22),
        study_close=TRIAL_CLOSED if is_revised else None,
    )  # fmt: skip
    late = row(
        "research_study", study_id=LATE_STUDY, study_design="RCT", iras_id="9990103",
        rec_reference="25/ZZ/0017", rec_favourable_opinion_date=date(2025, 2, 18),
        hra_hcrw_approval_date=date(2025, 3, 6), nct_id="NCT99999903",
        public_registration_date=LATE_STUDY_REGISTERED, study_open=LATE_STUDY_OPEN,
    )  # fmt: skip
    return [cohort, trial, late] if is_revised else [cohort, trial]


def _study_sites(*, is_revised: bool) -> list[Row]:
    rows = [(COHORT, site.code, confirmed(COHORT, site.code)) for site in SITES]
    rows += [(TRIAL, code, confirmed(TRIAL, code)) for code in ("ZZ101", "ZZ201", "ZZ302")]
    if is_revised:
        late_sites = ("ZZ101", "ZZ102", "ZZ302")
        rows += [(LATE_STUDY, code, confirmed(LATE_STUDY, code)) for code in late_sites]
    return [
        row("study_site", study_id=study, site_ods_code=code, site_confirmation_date=day)
        for study, code, day in rows
    ]


def confirmed(study: str, site: str) -> date | None:
    """The day on which a site confirmed that it can run a study; none if it does not."""
    if study == COHORT:
        return date(2023, 11, 6)
    if study == TRIAL:
        return date(2024, 2, 5) if site in {"ZZ101", "ZZ201", "ZZ302"} else None
    if site == "ZZ302":
        return CONFIRMED_LATE
    return LATE_STUDY_OPEN if site in {"ZZ101", "ZZ102"} else None


def _gtin(thirteen: str) -> str:
    total = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(thirteen))
    return f"{thirteen}{-total % 10}"


@dataclass
class Staff:
    """One site's approvals and operators, and who may do a procedure on a day."""

    site: Site
    approvals: list[tuple[str, date, date]] = field(default_factory=list)
    consultants: list[str] = field(default_factory=list)
    trainee: str = ""
    signed_off: date = date.max  # the day from which the trainee may work alone
    observer: str = ""  # has courses only, never a sign-off
    records: list[Record] = field(default_factory=list)
    cases: int = 0

    def approval_on(self, day: date) -> str:
        return next(name for name, start, end in self.approvals if start <= day <= end)

    def operator_on(self, day: date, random: Random) -> tuple[str, bool]:
        """Who does the procedure, and whether a proctor is there."""
        if self.trainee and random.random() < 0.3:
            if day >= self.signed_off:
                return self.trainee, False
            if day >= self.signed_off - timedelta(days=240):
                self.cases += 1
                self._train("PROCTORED_CASE", self.trainee, day, proctored_case_count=1)
                return self.trainee, True
        return random.choice(self.consultants), False

    def _train(self, kind: str, operator: str, day: date, **values: object) -> None:
        name = f"{self.site.code}-T{len(self.records) + 1:03d}"
        trained = row(
            "operator_training", training_id=name, operator_pseudo_id=operator,
            training_type=kind, training_date=day, **values,
        )  # fmt: skip
        self.records.append(Record("operator_training", "", [(day, trained)]))


def staff_of(site: Site, seed: int) -> Staff:
    """A site's approvals, operators and training records up to the demonstration's end."""
    random = Random(f"{seed}|staff|{site.code}")
    staff = Staff(site)
    start = date(2023, 9, 4) + timedelta(days=random.randint(0, 150))
    for number, committee in enumerate(("NEW_PROCEDURES", "CLIN_GOVERNANCE"), start=1):
        end = start + timedelta(days=729)
        name = f"{site.code}-A{number}"
        staff.approvals.append((name, start, end))
        approval = row(
            "governance_approval", approval_id=name, site_ods_code=site.code,
            committee_type=committee, application_date=start - timedelta(days=52),
            decision_date=start - timedelta(days=12),
            decision="APPROVED" if number == 1 else "APPROVED_CONDITIONS",
            valid_from=start, valid_to=end, audit_review_date=start + timedelta(days=540),
            equality_impact_done=True, environmental_assessment_done=random.random() < 0.8,
            consent_material_approved=True,
        )  # fmt: skip
        known = start - timedelta(days=12)
        staff.records.append(Record("governance_approval", "", [(known, approval)]))
        start = end + timedelta(days=1)
    for number in range(2 + 2 * site.has_trainee):
        _appoint(staff, number, random, seed)
    return staff


def _appoint(staff: Staff, number: int, random: Random, seed: int) -> None:
    digest = hashlib.sha256(f"{seed}|operator|{staff.site.code}|{number}".encode())
    name = f"OP{digest.hexdigest()[:14].upper()}"
    is_consultant = number < 2
    hired = row(
        "operator", operator_pseudo_id=name, site_ods_code=staff.site.code,
        specialty="HPB_SURGERY" if number == 1 and random.random() < 0.5 else "IR",
        cct_or_equiv_date=not_new_year(
            date(2009 if is_consultant else 2020, 8, 5) + timedelta(days=random.randint(0, 900))
        ),
        image_guided_liver_ablations_total_before_ire=random.randint(60, 640)
        if is_consultant else random.randint(35, 90),
        ire_cases_before_registry_start=random.randint(8, 70) if is_consultant else 0,
    )  # fmt: skip
    staff.records.append(Record("operator", "", [(date(2024, 4, 2), hired)]))
    first = date(2021, 3, 8) if is_consultant else date(2024, 2, 12)
    course = first + timedelta(days=random.randint(0, 60))
    staff._train("MANUFACTURER_COURSE", name, course, device_model="Voltaris 6")
    staff._train("OBSERVED", name, course + timedelta(days=40))
    if is_consultant:
        staff.consultants.append(name)
        staff._train(
            "SIGN_OFF", name, course + timedelta(days=300), device_model="Voltaris 6",
            sign_off_by_role="MEDICAL_DIRECTOR", expiry_date=date(2027, 12, 31),
        )  # fmt: skip
    elif number == 2:
        staff.trainee = name
        staff.signed_off = date(2025, 6, 10) + timedelta(days=random.randint(0, 60))
        staff._train(
            "SIGN_OFF", name, staff.signed_off, device_model="Voltaris 6",
            sign_off_by_role="EXTERNAL_PROCTOR",
        )  # fmt: skip
    else:
        staff.observer = name
