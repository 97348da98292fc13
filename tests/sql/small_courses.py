"""The scans and later treatments that a small release may be drawn with."""

from __future__ import annotations

import polars as pl

from sql.scoring import scales

SCAN = {
    **dict.fromkeys(("site_id", "patient_key", "criteria"), pl.String),
    "imaging_date": pl.Date,
    **dict.fromkeys(("overall_response", "response_recomputed"), pl.String),
    **dict.fromkeys(("sum_viable_mm", "sum_baseline_mm"), pl.Float64),
}
# Questionnaires answered before and after; of every scale both scores.
PAIR = {
    **dict.fromkeys(("site_id", "procedure_id", "patient_key", "instrument", "visit"), pl.String),
    "procedure_date": pl.Date,
    **{name + end: pl.Float64 for name in scales() for end in ("", "_before")},
}
QUESTIONNAIRE = dict.fromkeys(("site_id", "patient_key", "visit"), pl.String)
TREATMENT = {
    **dict.fromkeys(("site_id", "patient_key"), pl.String),
    "treatment_date": pl.Date,
    "treatment_type": pl.String,
}
