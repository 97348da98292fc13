"""One procedure: its MDT, its enrolment, how it was done, and every pair of electrodes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import combinations

from sample_data import _sites as sites
from sample_data._calendar import not_new_year
from sample_data._patients import Lesion, Patient
from sample_data._rows import Breach, Record, Row, row
from sample_data._sites import Staff

OUTSIDE = ("none", "late", "closed")  # how ZZ302 comes to treat outside research


@dataclass
class Procedure:
    """One procedure and the rows that are known when the patient goes home."""

    patient: Patient
    number: int
    day: date
    lesions: list[Lesion]
    outside: str = ""
    discharged: date = date.max
    success: str = "Y"
    abort_reason: str = ""
    row: Row = field(default_factory=dict)
    breaches: list[Breach] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.patient.name("P", self.number)


def make_procedure(
    patient: Patient, staff: Staff, day: date, lesions: list[Lesion], *, outside: str = ""
) -> Procedure:
    """A procedure with everything recorded at its time.

    Args:
        outside: how it stands outside research; empty: within an approved study.
    """
    number = 1 if day == patient.first_procedure else 2
    procedure = Procedure(patient, number, day, lesions, outside)
    random = patient.random
    stay = random.choices((1, 2, 3, 4), (48, 32, 14, 6))[0]
    procedure.discharged = day + timedelta(days=stay)
    draw = random.random()
    if draw < 0.04:
        procedure.success = "ABORTED" if draw < 0.025 else "N"
        procedure.abort_reason = random.choice(("HIGH_CURRENT", "ACCESS", "ARRHYTHMIA"))
    mdt = _mdt(procedure)
    enrolment = _enrolment(procedure)
    procedure.row = _procedure_row(procedure, staff, mdt, enrolment)
    if procedure.outside == "closed":
        procedure.breaches.append(Breach("D05", "enrolment_id"))
    elif procedure.outside == "unconfirmed":
        procedure.breaches.append(Breach("D06", "enrolment_id"))
    elif procedure.outside:
        procedure.breaches.append(Breach("D04", "enrolment_id"))
    if patient.site == "ZZ401" and day > sites.LAPSE:
        procedure.breaches.append(Breach("D09", "procedure_date"))
    _technique(procedure)
    return procedure


def _keep(procedure: Procedure, table: str, values: Row) -> None:
    patient = procedure.patient.pseudonym
    procedure.records.append(Record(table, patient, [(procedure.discharged, values)]))


def _mdt(procedure: Procedure) -> Row:
    patient, random = procedure.patient, procedure.patient.random
    met = procedure.day - timedelta(days=random.randint(9, 58 if procedure.number == 1 else 12))
    met -= timedelta(days=(met.weekday() - 3) % 7)  # it meets on Thursdays
    if (met.month, met.day) == (1, 1):
        met -= timedelta(days=7)
    near = {
        "NEAR_BILE_DUCT" if lesion.is_near_duct else "NEAR_VESSEL" for lesion in patient.lesions
    }
    values = row(
        "mdt_review",
        mdt_id=patient.name("M", procedure.number),
        patient_pseudo_id=patient.pseudonym,
        mdt_site_ods=patient.site,
        meeting_date=met,
        mdt_level="SUPRAREGIONAL_TRANSPLANT" if random.random() < 0.06 else "SPECIALIST_HPB",
        attended_hepatology=True,
        attended_hpb_surgery=random.random() < 0.97,
        attended_ir=True,
        attended_diag_radiology=random.random() < 0.95,
        attended_oncology=random.random() < 0.96,
        attended_pathology=random.random() < 0.7,
        attended_cns=random.random() < 0.9,
        recommendation="IRE",
        alternatives_considered={
            "MWA",
            *random.sample(("RESECTION", "TACE", "SABR", "SYSTEMIC"), 2),
        },
        thermal_unsuitable_reason=near,
        treatment_intent=random.choices(
            ("CURATIVE", "BRIDGE_TRANSPLANT", "PALLIATIVE"), (78, 14, 8)
        )[0],
        patient_informed_research_only=True,
    )
    _keep(procedure, "mdt_review", values)
    return values


def _enrolment(procedure: Procedure) -> Row | None:
    patient, random, day = procedure.patient, procedure.patient.random, procedure.day
    consented = not_new_year(day - timedelta(days=random.randint(2, 8)))
    study = _study(patient, consented, day)
    if procedure.outside == "none":
        return None
    if procedure.outside == "late":
        study, consented = sites.COHORT, day + timedelta(days=random.randint(2, 6))
    elif procedure.outside == "closed":
        study = sites.TRIAL
    elif procedure.outside == "unconfirmed":
        study = sites.LATE_STUDY
        consented = max(consented, sites.LATE_STUDY_OPEN)
    scope = {"TREATMENT", "DATA_REGISTRY", "LINKAGE"}
    values = row(
        "research_enrolment",
        enrolment_id=patient.name("E", procedure.number),
        patient_pseudo_id=patient.pseudonym,
        study_id=study,
        site_ods_code=patient.site,
        consent_date=consented,
        consent_version={sites.COHORT: "3.0", sites.TRIAL: "2.1"}.get(study, "1.0"),
        consent_scope=scope if random.random() < 0.06 else scope | {"PROMS"},
    )
    patient_id = patient.pseudonym
    known = max(procedure.discharged, consented)
    procedure.records.append(Record("research_enrolment", patient_id, [(known, values)]))
    return values


def _study(patient: Patient, consented: date, day: date) -> str:
    """A study that was open, and that the site had confirmed, on both days."""
    late = sites.confirmed(sites.LATE_STUDY, patient.site)
    if late is not None and late <= consented:
        # The first patients of the late study came long before it was registered (D07).
        is_early = day < date(2025, 6, 1) and patient.site != "ZZ302"
        if is_early or patient.random.random() < 0.4:
            return sites.LATE_STUDY
    trial = sites.confirmed(sites.TRIAL, patient.site)
    if trial is not None and trial <= consented and day <= sites.TRIAL_CLOSED:
        return patient.random.choice((sites.TRIAL, sites.COHORT))
    return sites.COHORT


def _procedure_row(procedure: Procedure, staff: Staff, mdt: Row, enrolment: Row | None) -> Row:
    patient, random, day = procedure.patient, procedure.patient.random, procedure.day
    operator, is_supervised = staff.operator_on(day, random)
    second = next(name for name in staff.consultants if name != operator)
    approach = random.choices(("PERCUTANEOUS", "OPEN", "LAPAROSCOPIC"), (88, 9, 3))[0]
    uses_ultrasound = approach != "PERCUTANEOUS" or random.random() < 0.2
    codes = {"PERCUTANEOUS": "J12.8", "OPEN": "J03.2", "LAPAROSCOPIC": "J08.3"}
    gas = random.choices(("SEVO", "TIVA", "DES"), (55, 43, 2))[0]
    comment = random.choices(
        (None, "Needles repositioned once", 'Overlap planned, "two by two"',
         "Long case; breath-hold difficult\nRe-imaged before the last pull-back"),
        (88, 6, 4, 2),
    )[0]  # fmt: skip
    return row(
        "procedure",
        procedure_id=procedure.name,
        patient_pseudo_id=patient.pseudonym,
        site_ods_code=patient.site,
        mdt_id=mdt["mdt_id"],
        enrolment_id=enrolment["enrolment_id"] if enrolment else None,
        approval_id=staff.approval_on(day),
        procedure_date=day,
        primary_operator_pseudo_id=operator,
        second_operator_pseudo_id=second if random.random() < 0.6 else None,
        supervised=is_supervised,
        admission_date=not_new_year(_admitted(procedure, is_early=random.random() < 0.35)),
        discharge_date=procedure.discharged,
        approach=approach,
        opcs4={codes[approach], "Y12.3"}
        | ({"Y53.2" if uses_ultrasound else "Y53.9"} if approach == "PERCUTANEOUS" else set()),
        guidance={"US"} if uses_ultrasound else {"CT", random.choice(("CT", "US", "CEUS"))},
        anaesthesia="GA",
        nmb_used=True,
        nmb_agent=random.choices(("ROCURONIUM", "ATRACURIUM", "CISATRACURIUM"), (70, 20, 10))[0],
        tof_count_at_first_pulse=0,
        ecg_sync_used=True,
        defib_pads_applied=True,
        max_sbp=random.randint(122, 198) if random.random() < 0.8 else None,
        total_procedure_minutes=random.randint(75, 150) + 35 * len(procedure.lesions),
        n_lesions_treated=len(procedure.lesions),
        completion_imaging=random.choices(("CECT", "CEUS", "MRI"), (80, 15, 5))[0],
        technical_success=procedure.success,
        abort_reason=procedure.abort_reason,
        cardiology_signoff_date=not_new_year(day - timedelta(days=random.randint(2, 20)))
        if patient.needs_signoff
        else None,
        unplanned_icu=False,
        single_use_items_count=random.randint(14, 38) if random.random() < 0.7 else None,
        volatile_agent=gas,
        volatile_mac_hours=None if gas == "TIVA" else round(random.uniform(1.2, 4.2), 1),
        patient_travel_km=round(min(random.lognormvariate(3.3, 0.9), 420), 1),
        comment=comment,
    )  # fmt: skip


def _admitted(procedure: Procedure, *, is_early: bool) -> date:
    """On the day, or the day before where the stay is still of four nights at most."""
    day = procedure.day
    is_short = (procedure.discharged - day).days < 4
    return day - timedelta(days=1) if is_early and is_short else day


def _technique(procedure: Procedure) -> None:
    patient, random = procedure.patient, procedure.patient.random
    delivery = 0
    for lesion in procedure.lesions:
        electrodes = random.choices((2, 3, 4), (20, 45, 35))[0]
        # Every second lesion needs a pull-back: a column that never varies is a query (K11).
        needs_pull_back = electrodes == 4 or (patient.number + lesion.number) % 2
        positions = random.choice((2, 2, 3)) if needs_pull_back else 1
        is_covered = procedure.success == "Y" and random.random() < 0.95
        planned = random.randint(5, 10)
        zone = lesion.diameter_mm + 10 + random.randint(1, 12)
        _keep(procedure, "lesion_treatment", row(
            "lesion_treatment", procedure_id=procedure.name, lesion_id=lesion.name,
            planned_margin_mm=float(planned),
            achieved_min_margin_mm=float(random.randint(2, planned) if is_covered else -1),
            n_electrodes=electrodes, n_positions=positions,
            ablation_zone_max_mm=round(zone if is_covered else max(zone - 8, 16), 1),
            complete_coverage_immediate="Y" if is_covered else "N",
        ))  # fmt: skip
        for position in range(1, positions + 1):
            for pair in combinations(range(1, electrodes + 1), 2):
                delivery += 1
                name = f"{patient.site}-D{patient.number:04d}-{procedure.number}-{delivery:03d}"
                _keep(
                    procedure, "pulse_delivery", _pulse(procedure, lesion, name, (position, *pair))
                )


def _pulse(procedure: Procedure, lesion: Lesion, name: str, place: tuple[int, int, int]) -> Row:
    random = procedure.patient.random
    spacing = round(min(max(random.gauss(17, 2.6), 11), 23.4), 1)
    gradient = random.choice((1400, 1500, 1500, 1600))
    planned = 90 if place[0] % 2 else random.choice((80, 100))
    stopped = random.choices((0, random.randint(1, 7)), (93, 7))[0]
    start = round(random.uniform(22, 35), 1)
    end = round(start + random.uniform(1.5, 11), 1)
    return row(
        "pulse_delivery",
        delivery_id=name,
        procedure_id=procedure.name,
        lesion_id=lesion.name,
        position_no=place[0],
        electrode_a=place[1],
        electrode_b=place[2],
        active_tip_mm=20.0 if place[0] == 1 else 15.0,
        spacing_mm=spacing,
        spacing_verified_imaging=random.choices(("CT", "US", "CBCT", "NAV"), (70, 18, 6, 6))[0],
        angle_deg=round(min(abs(random.gauss(3.2, 1.9)), 9.4), 1),
        tip_depth_offset_mm=round(min(abs(random.gauss(1.4, 0.9)), 4.6), 1),
        parallel_confirmed=True,
        voltage_v=min(int(gradient * spacing / 10 / 50) * 50, 3000),
        pulses_planned=planned,
        pulses_delivered=planned - stopped,
        pulse_length_us=90 if place[0] == 1 else random.choice((70, 80, 100)),
        current_start_a=start,
        current_end_a=end,
        current_max_a=round(min(end + random.uniform(0, 2), 49.5), 1),
        ecg_sync=True,
        aborted_pulses=stopped,
        abort_code=random.choice(("HIGH_CURRENT", "USER")) if stopped else None,
    )
