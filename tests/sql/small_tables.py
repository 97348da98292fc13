"""The tables of a small release, made of drawn procedures, in the warehouse's shape."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, timedelta

import polars as pl

from sql import catalog
from sql.policy import as_table, in_force
from sql.reader_periods import quarter, quarters
from tests.sql.small_cases import (
    COMPLIANCE,
    DATA_DATE,
    FIRST,
    SAFETY,
    Complication,
    Procedure,
)
from tests.sql.small_technique import SESSION, session, technique_tables

EXCLUSION = {
    **dict.fromkeys(
        ("site_id", "rule", "table_name", "record_key", "column_name", "procedure_id"),
        pl.String,
    ),
    "patient_key": pl.String,
    "event_date": pl.Date,
    "agreed_by": pl.String,
    "is_protected": pl.Boolean,
    "source_line": pl.Int64,
    "accepted_by": pl.String,
    "submission_id": pl.String,
    "is_current": pl.Boolean,
}
FINDING = {
    **dict.fromkeys(
        ("site_id", "finding_id", "rule", "table_name", "source_file", "column_name"),
        pl.String,
    ),
    "source_line": pl.Int64,
    "record_key": pl.String,
    "submission_id": pl.String,
    "is_current": pl.Boolean,
    **dict.fromkeys(("answer", "answered_by"), pl.String),
    "answered_at": pl.Datetime("us"),
    "answered_until": pl.Date,
}

RESULTS = {1: "met", 0: "not met", None: "cannot tell"}
IDENTITY_CLASH = {
    **dict.fromkeys(
        ("site_id", "procedure_id", "other_site_id", "other_procedure_id", "source_file"),
        pl.String,
    ),
    "procedure_date": pl.Date,
    "submission_id": pl.String,
    "source_line": pl.Int64,
}


def rows(schema: dict[str, object], rows: list[dict[str, object]]) -> pl.DataFrame:
    usual = {"is_current": True, "is_protected": False, "submission_id": "S1"}
    filled = [{name: (usual | row).get(name) for name in schema} for row in rows]
    return pl.DataFrame(filled, schema=schema, orient="row")


def tables(drawn, complications, number, sites, complete, missing, nil):
    by_key = {(p.site, p.id): p for p in drawn}
    fact = [_fact(p, complete[p.site]) for p in drawn]
    quarter_rows = []
    for site in sites:
        for q in quarters(FIRST, DATA_DATE):
            state = "missing" if q.label in missing.get(site, ()) else "reported"
            state = "nil return" if q.label in nil.get(site, ()) else state
            quarter_rows.append(
                {
                    "site_id": site,
                    "quarter_start": q.start,
                    "quarter_end": q.end,
                    "quarter": q.label,
                    "due_date": q.end + timedelta(days=42),
                    "is_due": True,
                    "state": state,
                    "received_at": None
                    if state == "missing"
                    else datetime.combine(q.end + timedelta(days=20), datetime.min.time()),
                    "is_late": False,
                }
            )
    return {
        "release": pl.DataFrame(
            [
                {
                    "release_number": number,
                    "schema_version": catalog.SCHEMA_VERSION,
                    "built_at": datetime(2026, 11, 16, 12),
                    "as_of": None,
                    "data_date": DATA_DATE,
                    "register_number": 1,
                    "sites_expected": len(sites),
                    "sites_reporting": sum(not missing.get(site) for site in sites),
                    "code_version": "test",
                }
            ],
            schema_overrides={"as_of": pl.Datetime},
        ),
        "indicator": _indicators(),
        "policy_value": as_table(in_force(None)),
        "dim_site": pl.DataFrame(
            [
                {
                    "site_id": site,
                    "site_name": f"Site {site}",
                    "trust_id": trust,
                    "nation": "E",
                    "complete_to": complete[site],
                }
                for site, trust in sites.items()
            ]
        ),
        "site_quarter": pl.DataFrame(quarter_rows, schema_overrides={"received_at": pl.Datetime}),
        "stg_submission": pl.DataFrame(
            [
                {
                    "submission_id": "S1",
                    "site_id": "ZZ101",
                    "period_start": FIRST,
                    "period_end": DATA_DATE,
                }
            ]
        ),
        "fct_procedure": pl.DataFrame(fact, schema=FACT, orient="row"),
        "fct_complication": pl.DataFrame(
            [_complication(c, by_key[c.site, c.procedure]) for c in complications],
            schema=COMPLICATION,
            orient="row",
        ),
        **technique_tables(drawn, complete),
        "stg_vital_status": pl.DataFrame(
            [
                (p.site, p.patient_key, "LIVER_CANCER", "S1", "vital_status.csv", n + 2)
                for n, p in enumerate(drawn)
                if p.survival_days is not None
            ],
            schema={
                **dict.fromkeys(
                    ("site_id", "patient_key", "cause_category", "submission_id"), pl.String
                ),
                "source_file": pl.String,
                "source_line": pl.Int64,
            },
            orient="row",
        ),
        "indicator_value": _values(drawn, complete),
    }


FACT = {
    **dict.fromkeys(("site_id", "procedure_id", "patient_key"), pl.String),
    "procedure_date": pl.Date,
    **dict.fromkeys(("financial_year", "nice_guidance"), pl.String),
    **dict.fromkeys(("complete_to", "alive_to_date"), pl.Date),
    "observed_days": pl.Int64,
    **dict.fromkeys(("is_counted", "is_mature_90d", "is_first_procedure"), pl.Boolean),
    **dict.fromkeys(("tumour_type", "approach"), pl.String),
    **dict.fromkeys(("ecg_sync_used", "supervised", "nmb_used"), pl.Boolean),
    "bundle_result": pl.String,
    "vital_status": pl.String,
    "has_prom_consent": pl.Boolean,
    "withdrawal_date": pl.Date,
    **dict.fromkeys(("age_band", "sex", "ethnic_group"), pl.String),
    "imd_quintile": pl.Int64,
    "primary_operator_pseudo_id": pl.String,
    **SESSION,
    **dict.fromkeys(("death_date", "dead_by_date"), pl.Date),
    **dict.fromkeys(("death_known_days", "excluded_records"), pl.Int64),
    **dict.fromkeys(("submission_id", "source_file"), pl.String),
    "source_line": pl.Int64,
}


def _fact(p: Procedure, complete_to: date) -> dict[str, object]:
    died = None if p.survival_days is None else p.day + timedelta(days=p.survival_days)
    return {
        "site_id": p.site,
        "procedure_id": p.id,
        "patient_key": p.patient_key,
        "procedure_date": p.day,
        "financial_year": quarter(p.day).label.split()[0],
        "nice_guidance": "IPG664",
        "complete_to": complete_to,
        "alive_to_date": None if died else p.day + timedelta(days=p.followed_days),
        "observed_days": (complete_to - p.day).days,
        "is_counted": p.day <= complete_to,
        "is_mature_90d": p.day + timedelta(days=90) <= complete_to,
        "is_first_procedure": True,
        "tumour_type": p.tumour_type,
        "approach": p.approach,
        "age_band": p.age_band,
        "sex": p.sex,
        "ethnic_group": p.ethnic_group,
        "imd_quintile": p.imd_quintile,
        "ecg_sync_used": p.ecg_sync,
        "supervised": False,
        "nmb_used": True,
        "vital_status": "DEAD" if died else p.vital_status,
        "has_prom_consent": p.has_prom_consent,
        "withdrawal_date": p.withdrawn,
        "bundle_result": RESULTS[p.values.get("C11", 1)],
        "primary_operator_pseudo_id": p.operator,
        **session(p),
        "death_date": died,
        "dead_by_date": died,
        "death_known_days": p.survival_days,
        "excluded_records": p.excluded_records,
        "submission_id": "S1",
        "source_file": "procedure.csv",
        "source_line": 2,
    }


COMPLICATION = {
    **dict.fromkeys(("site_id", "complication_id", "procedure_id", "patient_key"), pl.String),
    "procedure_date": pl.Date,
    "onset_date": pl.Date,
    "onset_days": pl.Int64,
    **dict.fromkeys(("nice_category", "subtype", "clavien_dindo", "relatedness"), pl.String),
    **dict.fromkeys(("tumour_type", "approach"), pl.String),
    **dict.fromkeys(("is_major", "is_life_threatening", "is_related"), pl.Boolean),
    **dict.fromkeys(
        ("intervention", "device_related_suspected", "yellow_card_ref", "submission_id"),
        pl.String,
    ),
    "lfpse_ref": pl.String,
    "duty_of_candour_date": pl.Date,
    "source_file": pl.String,
    "source_line": pl.Int64,
}


def _complication(c: Complication, p: Procedure) -> dict[str, object]:
    return {
        "site_id": c.site,
        "complication_id": c.id,
        "procedure_id": c.procedure,
        "patient_key": p.patient_key,
        "procedure_date": p.day,
        "onset_date": p.day + timedelta(days=c.day),
        "onset_days": c.day,
        "nice_category": c.category,
        "subtype": c.subtype,
        "clavien_dindo": c.grade,
        "relatedness": c.relatedness,
        "tumour_type": p.tumour_type,
        "approach": p.approach,
        "is_major": c.grade.startswith(("III", "IV", "V")),
        "is_life_threatening": c.grade.startswith(("IV", "V")),
        "is_related": c.relatedness in ("DEFINITE", "PROBABLE", "POSSIBLE", "9"),
        "intervention": c.intervention,
        "device_related_suspected": c.device,
        "yellow_card_ref": c.yellow_card,
        "lfpse_ref": c.lfpse,
        "duty_of_candour_date": c.candour,
        "submission_id": "S1",
        "source_file": "complication.csv",
        "source_line": 7,
    }


def _indicators() -> pl.DataFrame:
    rows = [asdict(entry) for entry in catalog.indicators().values()]
    for row in rows:
        row["clause"] = " ".join(row["clause"])
    return pl.DataFrame(rows, infer_schema_length=None)


VALUE = {
    **dict.fromkeys(("indicator_id", "site_id", "unit", "unit_key", "procedure_id"), pl.String),
    "event_date": pl.Date,
    "value": pl.Int32,
    "reason": pl.String,
    "time_days": pl.Float64,
    "ended_by": pl.String,
    "amount": pl.Float64,
    **dict.fromkeys(("tumour_type", "approach"), pl.String),
}


def _values(drawn: list[Procedure], complete: dict[str, date]) -> pl.DataFrame:
    rows = []
    entries = catalog.indicators()
    for p in drawn:
        observed = (complete[p.site] - p.day).days
        if observed < 0:
            continue
        for name in (*SAFETY, *COMPLIANCE):
            if observed < entries[name].maturity_days:
                continue
            value = p.values.get(name, 1 if name in COMPLIANCE else 0)
            unit = (name, p.site, "procedure", p.id, p.id, p.day)
            beside = (p.reasons.get(name), None, None, None, p.tumour_type, p.approach)
            rows.append((*unit, value, *beside))
        died = None if p.vital_status is None else int(p.survival_days is not None)
        time = p.followed_days if p.survival_days is None else float(p.survival_days)
        unit = ("E6_OS", p.site, "patient", p.patient_key, p.id, p.day)
        rows.append((*unit, died, None, time, None, None, p.tumour_type, p.approach))
    return pl.DataFrame(rows, schema=VALUE, orient="row")


def more_values(given: list[dict[str, object]]) -> pl.DataFrame:
    """Rows of indicator_value, each of a unit of its own at ZZ101 unless it says otherwise."""
    usual = {"site_id": "ZZ101", "unit": "patient", "event_date": date(2025, 6, 1), "value": 1}
    filled = [
        usual | {"unit_key": f"unit {n}", "procedure_id": f"P{n:03d}"} | row
        for n, row in enumerate(given)
    ]
    return pl.DataFrame([{k: row.get(k) for k in VALUE} for row in filled], schema=VALUE)
