"""Lesions, pairs of electrodes and MDT reviews of a small release, in the warehouse's shape."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from tests.sql.small_cases import Procedure
from tests.sql.small_standing import standing_tables

SESSION = {
    **dict.fromkeys(
        ("mdt_id", "guidance", "completion_imaging", "technical_success", "abort_reason"),
        pl.String,
    ),
    "n_lesions_treated": pl.Int64,
}
PLACE: dict[str, Any] = {
    **dict.fromkeys(("site_id", "procedure_id", "lesion_id"), pl.String),
    "procedure_date": pl.Date,
    **dict.fromkeys(("tumour_type", "approach"), pl.String),
    "is_counted": pl.Boolean,
}
LESION: dict[str, Any] = {
    **PLACE,
    **dict.fromkeys(("is_first_treatment", "is_under_30_mm"), pl.Boolean),
    "is_near_vessel_or_duct": pl.Boolean,
    **dict.fromkeys(
        ("segment", "nearest_vessel", "nearest_duct", "complete_coverage_immediate"), pl.String
    ),
    **dict.fromkeys(("max_diameter_mm", "dist_vessel_mm", "dist_bile_duct_mm"), pl.Float64),
    **dict.fromkeys(
        ("planned_margin_mm", "achieved_min_margin_mm", "ablation_zone_max_mm"), pl.Float64
    ),
    **dict.fromkeys(("n_electrodes", "n_positions"), pl.Int64),
}
PULSE: dict[str, Any] = {
    **PLACE,
    **dict.fromkeys(("position_no", "electrode_a", "electrode_b"), pl.Int64),
    **dict.fromkeys(("spacing_verified_imaging", "abort_code"), pl.String),
    **dict.fromkeys(("parallel_confirmed", "is_verified", "ecg_sync"), pl.Boolean),
    **dict.fromkeys(
        ("spacing_mm", "angle_deg", "tip_depth_offset_mm", "active_tip_mm", "volts_per_cm"),
        pl.Float64,
    ),
    **dict.fromkeys(
        ("voltage_v", "pulses_planned", "pulses_delivered", "pulse_length_us", "aborted_pulses"),
        pl.Int64,
    ),
    **dict.fromkeys(
        ("current_start_a", "current_end_a", "current_max_a", "current_rise_a"), pl.Float64
    ),
}
REVIEW = dict.fromkeys(
    ("site_id", "mdt_id", "alternatives_considered", "thermal_unsuitable_reason"), pl.String
)


def session(p: Procedure) -> dict[str, object]:
    """What fct_procedure holds of the technique; every drawn procedure had an MDT of its own."""
    return {
        "mdt_id": p.id,
        "guidance": p.technique.get("guidance"),
        "completion_imaging": p.technique.get("completion_imaging"),
        "technical_success": "Y",
        "abort_reason": None,
        "n_lesions_treated": len(p.lesions_mm),
    }


FACTS = ("research", "mdt", "centre", "operator", "governance", "anaesthesia", "spacing", "ecg")
FACT = dict.fromkeys(("site_id", "procedure_id", *FACTS), pl.String)


def technique_tables(drawn: list[Procedure], complete: dict[str, date]) -> dict[str, pl.DataFrame]:
    """fct_lesion, fct_pulse and stg_mdt_review: what `technique` says, of every lesion alike.

    Of what compliance was judged on, fct_compliance_fact holds a study's name only.
    """
    lesions, pulses, reviews = [], [], []
    for p in drawn:
        place = {
            "site_id": p.site,
            "procedure_id": p.id,
            "procedure_date": p.day,
            "tumour_type": p.tumour_type,
            "approach": p.approach,
            "is_counted": p.day <= complete[p.site],
        }
        for number, size in enumerate(p.lesions_mm):
            of_lesion = place | {"lesion_id": f"{p.id} lesion {number}"}
            told = {
                "is_first_treatment": True,
                "max_diameter_mm": size,
                "is_under_30_mm": None if size is None else size < 30,
            }
            lesions.append(_row(of_lesion | told | p.technique, LESION))
            for pulse in p.pulses:
                pulses.append(_row(of_lesion | pulse, PULSE))
        review = {"site_id": p.site, "mdt_id": p.id} | p.technique
        reviews.append(_row(review, REVIEW))
    standing = standing_tables(sorted({p.site for p in drawn}))
    facts = [(p.site, p.id, "study STUDY-1", *[None] * 7) for p in drawn]
    return standing | {
        "fct_compliance_fact": pl.DataFrame(facts, schema=FACT, orient="row"),
        "fct_lesion": pl.DataFrame(lesions, schema=LESION, orient="row"),
        "fct_pulse": pl.DataFrame(pulses, schema=PULSE, orient="row"),
        "stg_mdt_review": pl.DataFrame(reviews, schema=REVIEW, orient="row"),
    }


def _row(told: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    return {name: told.get(name) for name in schema}
