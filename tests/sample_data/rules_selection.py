"""Selection and tumour, told a second time: T01 to T17, P04 and P05."""

from __future__ import annotations

from collections.abc import Iterator

from tests.sample_data.oracle import Found, Row, Rule, State

ICD10 = {"HCC": "C22.0", "MIXED": "C22.0", "ICCA": "C22.1"}
PATIENT = "patient_pseudo_id"
INTERFERING = {"PACEMAKER", "ICD", "CRT", "NEUROSTIM"}
NEAR_MM = 10


def tumours(state: State) -> Iterator[Found]:
    for row in state.all("patient"):
        code, tumour = row["icd10_primary"], row["tumour_type"]
        wanted = ICD10.get(tumour)
        if code == "C78.7":
            yield "T02", row, "icd10_primary"
        if (wanted and code != wanted and code) or (not wanted and code in ICD10.values()):
            yield "T01", row, "icd10_primary"
        for lesion in state.where("lesion", PATIENT, row[PATIENT]):
            if tumour == "HCC" and not (lesion["lirads_category"] or lesion["histology"]):
                yield "T16", lesion, "lirads_category"
        if not row["imd_decile"] and state.procedures_of(row[PATIENT]):
            yield "T17", row, "imd_decile"  # every site of the sample is in England
        if row["bclc_stage"] and tumour not in {"HCC", "MIXED"}:
            yield "T03a", row, "bclc_stage"
        if row["cholangio_category"] and tumour not in {"ICCA", "PHCCA"}:
            yield "T03b", row, "cholangio_category"


def stages(state: State) -> Iterator[Found]:
    for row in state.all("patient"):
        sizes = [
            lesion["max_diameter_mm"] for lesion in state.where("lesion", PATIENT, row[PATIENT])
        ]
        stage, liver, ecog = row["bclc_stage"], row["child_pugh_class"], row["ecog_ps"]
        known = [size for size in sizes if size is not None]
        is_beyond_0 = len(sizes) > 1 or max(known, default=0) > 20 or (ecog or 0) > 0
        is_beyond_a = len(sizes) > 3 or (len(sizes) > 1 and max(known, default=0) > 30)
        is_d = liver == "C" or (ecog is not None and ecog >= 3)
        may_be_d = is_d or liver is None or ecog is None
        if (
            (stage == "0" and (is_beyond_0 or liver in {"B", "C"}))
            or (stage == "A" and is_beyond_a)
            or (stage == "D" and not may_be_d)
            or (stage in {"0", "A", "B", "C"} and is_d)
        ):
            yield "T04", row, "bclc_stage"


def livers(state: State) -> Iterator[Found]:
    for row in state.all("patient"):
        points, score = _child_pugh(row), row["child_pugh_score"]
        bands = {_class(each) for each in (points, score) if each is not None}
        if None not in (points, score) and points != score and len(bands) == 1:
            yield "T05a", row, "child_pugh_score"
        if row["child_pugh_class"] is not None and bands - {row["child_pugh_class"]}:
            yield "T05b", row, "child_pugh_class"
        if (row["ecog_ps"] or 0) >= 3 or row["child_pugh_class"] == "C":
            yield "T14", row, "child_pugh_class"


def _child_pugh(row: Row) -> int | None:
    names = ("bilirubin", "albumin", "inr", "ascites", "encephalopathy_grade")
    bilirubin, albumin, inr, ascites, grade = (row[name] for name in names)
    if None in (bilirubin, albumin, inr, ascites, grade):
        return None
    if not (1 <= bilirubin <= 900 and 10 <= albumin <= 65 and 0.5 <= inr <= 12):
        return None  # in another unit (T06): no use for a score
    return (
        (1 + (bilirubin >= 34) + (bilirubin > 50))
        + (1 + (albumin <= 35) + (albumin < 28))
        + (1 + (inr >= 1.7) + (inr > 2.3))
        + {"NONE": 1, "MILD_CONTROLLED": 2, "MODERATE_SEVERE": 3}[ascites]
        + (1 + (grade >= 1) + (grade >= 3))
    )


def _class(score: int) -> str:
    return "A" if score <= 6 else "B" if score <= 9 else "C"


def niches(state: State) -> Iterator[Found]:
    for row in state.all("lesion"):
        size = row["max_diameter_mm"]
        if (size is not None and size >= 30) or _is_near(row) is False:
            yield "T07", row, "max_diameter_mm"
    for row in state.all("mdt_review"):
        reasons = row["thermal_unsuitable_reason"] or frozenset()
        near = [_is_near(lesion) for lesion in state.where("lesion", PATIENT, row[PATIENT])]
        is_far = bool(near) and all(each is False for each in near)
        if is_far and reasons & {"NEAR_VESSEL", "NEAR_BILE_DUCT", "NEAR_GALLBLADDER"}:
            yield "T08", row, "thermal_unsuitable_reason"
        if row["recommendation"] == "IRE" and reasons == {"NONE"}:
            yield "T09", row, "thermal_unsuitable_reason"


def _is_near(lesion: Row) -> bool | None:
    distances = [lesion["dist_vessel_mm"], lesion["dist_bile_duct_mm"]]
    if any(distance is not None and distance <= NEAR_MM for distance in distances):
        return True
    return None if None in distances else False


def counts(state: State) -> Iterator[Found]:
    for row in state.all("procedure"):
        treated = state.where("lesion_treatment", "procedure_id", row["procedure_id"])
        if row["n_lesions_treated"] is not None and row["n_lesions_treated"] != len(treated):
            yield "T12a", row, "n_lesions_treated"
    for row in state.all("lesion_treatment"):
        lesion = state.one("lesion", "lesion_id", row["lesion_id"])
        procedure = state.one("procedure", "procedure_id", row["procedure_id"])
        if lesion and procedure and lesion[PATIENT] != procedure[PATIENT]:
            yield "T12b", row, "lesion_id"


def risks(state: State) -> Iterator[Found]:
    for row in state.all("patient"):
        is_thin = (row["platelets"] or 99) < 50 or (row["inr"] or 1) > 1.5
        if row["arrhythmia_history"] in {"VT_VF", "AF_FLUTTER"} or "Y" in {
            row["recent_mi_12m"], row["epilepsy"],
        }:  # fmt: skip
            yield "P05", row, "arrhythmia_history"
        for procedure in state.procedures_of(row[PATIENT]):
            if is_thin and procedure["approach"] == "PERCUTANEOUS":
                yield "T15", procedure, "approach"
            signed = procedure["cardiology_signoff_date"]
            is_signed = signed is not None and signed <= procedure["procedure_date"]
            is_at_risk = row["cardiac_device"] == "LOOP" or (
                row["cardiac_device"] == "NONE" and row["arrhythmia_history"] not in {"NONE", "9"}
            )
            if row["cardiac_device"] in INTERFERING and not is_signed:
                yield "P04", procedure, "cardiology_signoff_date"
            elif is_at_risk and not is_signed:
                yield "P04b", procedure, "cardiology_signoff_date"


SELECTION: tuple[Rule, ...] = (tumours, stages, livers, niches, counts, risks)
