"""One patient before the first procedure: who they are, their liver and their lesions."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from sample_data._calendar import not_new_year
from sample_data._rows import Row, row

TUMOUR_CYCLE = (
    "HCC", "HCC", "ICCA", "HCC", "HCC", "HCC", "MIXED", "ICCA", "HCC", "HCC",
    "HCC", "ICCA", "HCC", "HCC", "OTHER_PRIMARY", "HCC", "HCC", "ICCA", "HCC", "HCC",
)  # fmt: skip
# Perihilar cancer is left out: its own code, C24.0, is itself a query (rule T01).
ICD10 = {"HCC": "C22.0", "MIXED": "C22.0", "ICCA": "C22.1", "OTHER_PRIMARY": "C22.7"}
ETHNIC = "A" * 62 + "BCCC" + "HHHJJJKKL" + "MMNNNP" + "DFG" + "RRR" + "SSS" + "ZZZZ"
VESSELS = ("PORTAL_MAIN", "PORTAL_L", "PORTAL_R", "HEPATIC_V", "HEPATIC_V", "IVC")
UNCHANGING = (
    "pseudo_basis", "nhs_number_status", "birth_year_month", "phenotypic_sex",
    "ethnic_category", "diagnosis_basis", "cirrhosis_aetiology",
)  # fmt: skip
DUCTS = ("CHD", "L_DUCT", "R_DUCT", "SECTORAL", "GALLBLADDER")


@dataclass
class Lesion:
    """One lesion as seen at baseline."""

    name: str
    number: int
    diameter_mm: float
    is_near_duct: bool
    row: Row


@dataclass
class Patient:
    """One patient of one site, with the facts that later rows depend on."""

    pseudonym: str
    site: str
    number: int
    random: Random
    first_procedure: date
    diagnosed: date
    tumour: str
    row: Row
    lesions: list[Lesion] = field(default_factory=list)
    has_biliary_stent: bool = False
    needs_signoff: bool = False
    death: date | None = None
    cause: str = ""
    lost: date | None = None
    no_contact_from: date | None = None

    def is_followed_on(self, day: date) -> bool:
        """True while the site still hears of the patient."""
        ends = (end for end in (self.death, self.lost) if end is not None)
        return all(day <= end for end in ends)

    def name(self, letter: str, number: int) -> str:
        """An identifier made by the site: ZZ101-P0012-2."""
        return f"{self.site}-{letter}{self.number:04d}-{number}"


def pseudonym_of(seed: int, who: str) -> str:
    """The 64 upper-case hexadecimal digits that stand for a patient."""
    return hashlib.sha256(f"{seed}|patient|{who}".encode()).hexdigest().upper()


def make_patient(
    seed: int, site: str, number: int, first_procedure: date, *, earlier: Patient | None = None
) -> Patient:
    """A patient of a site, as they were before their first procedure there.

    Args:
        number: of the patient at the site, from 1.
        earlier: the same patient at the site that treated them before.
    """
    random = Random(f"{seed}|{site}|{number}")
    tumour = TUMOUR_CYCLE[(number + int(site[2:])) % len(TUMOUR_CYCLE)]
    if earlier is not None:
        tumour = earlier.tumour
    days = random.randint(80, 420)
    diagnosed = not_new_year(first_procedure - timedelta(days=days))
    patient = Patient(
        pseudonym=pseudonym_of(seed, f"{site}|{number}"),
        site=site,
        number=number,
        random=random,
        first_procedure=first_procedure,
        diagnosed=diagnosed,
        tumour=tumour,
        row={},
    )
    if earlier is not None:
        patient.pseudonym, patient.diagnosed = earlier.pseudonym, earlier.diagnosed
    patient.lesions = _lesions(patient)
    patient.row = _baseline(patient)
    if earlier is not None:
        patient.row |= {name: earlier.row[name] for name in UNCHANGING}
    return patient


def _baseline(patient: Patient) -> Row:
    random, tumour = patient.random, patient.tumour
    has_cirrhosis = random.random() < (0.85 if tumour in {"HCC", "MIXED"} else 0.25)
    bilirubin = round(min(max(random.gauss(17 if has_cirrhosis else 11, 8), 4), 44), 0)
    albumin = round(min(max(random.gauss(37 if has_cirrhosis else 41, 4), 27), 48), 0)
    inr = round(min(max(random.gauss(1.15 if has_cirrhosis else 1.0, 0.12), 0.9), 1.5), 1)
    ascites = "MILD_CONTROLLED" if has_cirrhosis and random.random() < 0.1 else "NONE"
    score = _child_pugh(bilirubin, albumin, inr, ascites)
    ecog = random.choices((0, 1, 2), (55, 36, 9))[0]
    device = random.choices(("NONE", "PACEMAKER", "LOOP", "ICD"), (93, 4, 2, 1))[0]
    # Flutter, VT, a recent infarct or epilepsy would each be a query (rule P05).
    history = random.choices(("NONE", "SVT", "CONDUCTION", "OTHER"), (90, 4, 3, 3))[0]
    if device == "PACEMAKER":
        history = "CONDUCTION"
    patient.needs_signoff = device != "NONE" or history != "NONE"
    patient.has_biliary_stent = tumour == "ICCA" and random.random() < 0.25
    is_local = random.random() < 0.02
    age_days = int(min(max(random.gauss(66, 9), 34), 86) * 365.25)
    born = patient.first_procedure - timedelta(days=age_days)
    return row(
        "patient",
        patient_pseudo_id=patient.pseudonym,
        pseudo_basis="LOCAL" if is_local else "NHS_NUMBER",
        nhs_number_status="07" if is_local else "01",
        birth_year_month=f"{born.year}-{born.month:02d}",
        phenotypic_sex=random.choices(("1", "2"), (71, 29))[0],
        ethnic_category=random.choice(ETHNIC),
        imd_decile=random.choices(range(1, 11), range(15, 5, -1))[0],
        imd_version="2019" if patient.first_procedure.year < 2026 else "2025",
        interpreter_needed=random.choices("YN9", (5, 93, 2))[0],
        learning_disability=random.choices("YN9", (1, 97, 2))[0],
        disability_flag=random.choices("YN9", (14, 83, 3))[0],
        icd10_primary=ICD10[tumour],
        tumour_type=tumour,
        snomed_diagnosis="109841003" if tumour == "HCC" else None,
        diagnosis_date=patient.diagnosed,
        diagnosis_basis=random.choice(("LIRADS_5", "EASL_NONINVASIVE", "HISTOLOGY"))
        if tumour == "HCC"
        else "HISTOLOGY",
        cirrhosis_aetiology=_aetiology(random) if has_cirrhosis else ("NONE",),
        bclc_stage=_bclc(patient, ecog, score) if tumour in {"HCC", "MIXED"} else None,
        cholangio_category="INTRAHEPATIC" if tumour == "ICCA" else None,
        ecog_ps=ecog,
        bilirubin=bilirubin,
        albumin=albumin,
        inr=inr,
        ascites=ascites,
        encephalopathy_grade=0,
        child_pugh_score=score,
        child_pugh_class="A" if score <= 6 else "B",
        afp=round(min(random.lognormvariate(2.6, 1.5), 960), 1) if tumour == "HCC" else None,
        platelets=int(min(max(random.gauss(140 if has_cirrhosis else 230, 45), 55), 390)),
        anticoag_antiplatelet=random.choices(("NONE", "ANTIPLATELET", "ANTICOAG"), (80, 13, 7))[0],
        cardiac_device=device,
        arrhythmia_history=history,
        heart_failure=random.choices("YN", (3, 97))[0],
        recent_mi_12m="N",
        epilepsy="N",
        metal_stent_in_field="Y" if patient.has_biliary_stent else "N",
        bilioenteric_anastomosis_or_stent="Y" if patient.has_biliary_stent else "N",
        asa_grade=random.choices((1, 2, 3), (6, 52, 42))[0],
        opt_out_status="N",
    )


def _child_pugh(bilirubin: float, albumin: float, inr: float, ascites: str) -> int:
    return (
        1
        + (bilirubin >= 34)
        + (bilirubin > 50)
        + 1
        + (albumin <= 35)
        + (albumin < 28)
        + 1
        + (inr >= 1.7)
        + (inr > 2.3)
        + {"NONE": 1, "MILD_CONTROLLED": 2, "MODERATE_SEVERE": 3}[ascites]
        + 1
    )


def _bclc(patient: Patient, ecog: int, score: int) -> str:
    largest = max(lesion.diameter_mm for lesion in patient.lesions)
    if len(patient.lesions) == 1 and largest <= 20 and ecog == 0 and score <= 6:
        return "0"
    return "A" if ecog < 2 else "C"


def _aetiology(random: Random) -> tuple[str, ...]:
    first = random.choices(
        ("MASLD", "ALCOHOL", "HCV", "HBV", "HAEMOCHROMATOSIS", "PBC"), (34, 32, 18, 9, 4, 3)
    )[0]
    is_both = first == "MASLD" and random.random() < 0.2
    return (first, "ALCOHOL") if is_both else (first,)


def _lesions(patient: Patient) -> list[Lesion]:
    # Every fourth patient has more than one lesion, so that no export has only first ones.
    count = 3 if patient.number % 16 == 2 else 2 if patient.number % 4 == 2 else 1
    days = patient.random.randint(4, 40)
    imaged = not_new_year(patient.first_procedure - timedelta(days=days))
    return [_lesion(patient, number, imaged) for number in range(1, count + 1)]


def _lesion(patient: Patient, number: int, imaged: date) -> Lesion:
    random = patient.random
    diameter = round(min(max(random.gauss(21, 5), 8), 29.4), 1)
    is_near_duct = random.random() < 0.4
    vessel_mm = random.randint(0, 9) if not is_near_duct else random.randint(2, 24)
    duct_mm = random.randint(0, 9) if is_near_duct else random.randint(6, 40)
    has_other = random.random() < 0.15
    name = f"{patient.site}-L{patient.number:04d}-{number}"
    return Lesion(
        name=name,
        number=number,
        diameter_mm=diameter,
        is_near_duct=is_near_duct,
        row=row(
            "lesion",
            lesion_id=name,
            patient_pseudo_id=patient.pseudonym,
            lesion_no=number,
            segment=set(random.sample(("1", "4a", "4b", "5", "6", "7", "8"), 1 + has_other)),
            max_diameter_mm=diameter,
            baseline_imaging_date=imaged,
            dist_vessel_mm=float(vessel_mm),
            nearest_vessel=random.choice(VESSELS),
            dist_bile_duct_mm=float(duct_mm),
            nearest_duct=random.choice(DUCTS),
            dist_other_mm=float(random.randint(3, 20)) if has_other else None,
            other_structure=random.choice(("STOMACH", "COLON", "DIAPHRAGM", "DUODENUM"))
            if has_other
            else None,
            lirads_category=random.choices(("LR-5", "LR-4"), (85, 15))[0]
            if patient.tumour == "HCC"
            else "n/a",
            prior_local_treatment={random.choices(("NONE", "TACE", "MWA"), (70, 18, 12))[0]},
        ),
    )
