"""Case selection, technique and equity of the demo worked out by hand; see expected.

Nothing of the product is imported.
"""

from __future__ import annotations

from statistics import median

from tests.browser.expected import procedures, sites
from tests.browser.walk import Row, rows


def first_treated(site: str) -> list[tuple[Row, Row]]:
    """The lesions, with their treatment, first treated in a procedure of the 36 months."""
    dated = {row["procedure_id"]: row["procedure_date"] or "" for row in rows(site, "procedure")}
    of_period = {row["procedure_id"] for row in procedures(site)}
    lesions = {row["lesion_id"]: row for row in rows(site, "lesion")}
    first: dict[str | None, tuple[str, str, Row]] = {}
    for row in rows(site, "lesion_treatment"):
        began = (dated[row["procedure_id"]], row["procedure_id"] or "", row)
        first[row["lesion_id"]] = min(began, first.get(row["lesion_id"], began), key=_when)
    return [
        (lesions[lesion], treatment)
        for lesion, (_, procedure, treatment) in first.items()
        if procedure in of_period
    ]


def _when(began: tuple[str, str, Row]) -> tuple[str, str]:
    return began[:2]


def small_and_near(site: str, within: float) -> tuple[int, int]:
    """Lesions under 30 mm and near, and those of which it can be told."""
    both = known = 0
    for lesion, _ in first_treated(site):
        size = float(lesion["max_diameter_mm"] or "nan")
        distances = [lesion["dist_vessel_mm"], lesion["dist_bile_duct_mm"]]
        near = [float(one) <= within for one in distances if one is not None]
        is_far = size >= 30 or (len(near) == 2 and not any(near))
        if size < 30 and any(near):
            both += 1
        elif not is_far:
            continue
        known += 1
    return both, known


def pairs(site: str) -> list[Row]:
    of_period = {row["procedure_id"] for row in procedures(site)}
    return [row for row in rows(site, "pulse_delivery") if row["procedure_id"] in of_period]


def verified(site: str) -> tuple[int, int]:
    """Procedures with every pair verified on imaging and parallel, and all."""
    told: dict[str | None, list[bool]] = {row["procedure_id"]: [] for row in procedures(site)}
    for row in pairs(site):
        is_met = row["spacing_verified_imaging"] not in (None, "NO")
        told[row["procedure_id"]].append(is_met and row["parallel_confirmed"] == "Y")
    return sum(bool(one) and all(one) for one in told.values()), len(told)


def spacing(site: str) -> tuple[float, int, int]:
    """Median distance of the electrodes of a pair, pairs of 15 to 20 mm, and all."""
    found = [float(row["spacing_mm"]) for row in pairs(site) if row["spacing_mm"]]
    return median(found), sum(15 <= one <= 20 for one in found), len(found)


def margin_reached(site: str) -> tuple[int, int]:
    """Lesions whose smallest margin is the planned one or more, and those with both."""
    both = [
        (float(one["achieved_min_margin_mm"] or 0), float(one["planned_margin_mm"] or 0))
        for _, one in first_treated(site)
        if one["achieved_min_margin_mm"] is not None and one["planned_margin_mm"] is not None
    ]
    return sum(achieved >= planned for achieved, planned in both), len(both)


def travelled(site: str) -> list[float]:
    found = [row["patient_travel_km"] for row in procedures(site)]
    return [float(one) for one in found if one is not None]


def of_sex(code: str, mature_days: int) -> int:
    """Procedures of all sites in patients of a sex, followed for some days (nationally: 90)."""
    number = 0
    for site in sites():
        held = {row["patient_pseudo_id"]: row["phenotypic_sex"] for row in rows(site, "patient")}
        number += sum(
            held[row["patient_pseudo_id"]] == code for row in procedures(site, mature_days)
        )
    return number
