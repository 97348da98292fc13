"""What allows the sites of a small release to treat: the same of every site."""

from __future__ import annotations

from datetime import date

import polars as pl

TEXT = dict.fromkeys(("site_id", "study_id"), pl.String)
SINCE, UNTIL, REVIEW = date(2020, 1, 1), date(2026, 12, 15), date(2026, 8, 1)


def standing_tables(sites: list[str]) -> dict[str, pl.DataFrame]:
    """A designation without an end, an approval that ends soon, a study, one sign-off."""
    return {
        "stg_site_designation": _table(
            {"site_id": pl.String, "designation_start": pl.Date, "designation_end": pl.Date},
            [(site, SINCE, None) for site in sites],
        ),
        "stg_governance_approval": _table(
            dict.fromkeys(("site_id", "approval_id", "decision"), pl.String)
            | dict.fromkeys(("valid_from", "valid_to", "audit_review_date"), pl.Date),
            [(site, f"{site}-A1", "APPROVED", SINCE, UNTIL, REVIEW) for site in sites]
            + [(site, f"{site}-A0", "REFUSED", SINCE, None, None) for site in sites],
        ),
        "stg_research_study": _table(
            {"study_id": pl.String}
            | dict.fromkeys(("rec_favourable_opinion_date", "study_open", "study_close"), pl.Date),
            [("STUDY-1", SINCE, SINCE, None), ("STUDY-2", None, SINCE, None)],
        ),
        "stg_study_site": _table(
            TEXT | dict.fromkeys(("site_confirmation_date", "closed"), pl.Date),
            [
                (site, study, date(2021, 1, 1), date(2025, 6, 30))
                for site in sites
                for study in ("STUDY-1", "STUDY-2")
            ],
        ),
        "stg_operator_training": _table(
            dict.fromkeys(("site_id", "operator_pseudo_id", "training_type"), pl.String)
            | dict.fromkeys(("training_date", "expiry_date"), pl.Date),
            [
                (site, "operator 2", kind, SINCE, None)
                for site in sites
                for kind in ("SIGN_OFF", "SIMULATION")
            ],
        ),
    }


def _table(schema: dict[str, object], rows: list[tuple[object, ...]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=schema, orient="row")
