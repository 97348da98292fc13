"""Small registries with events, as tables that are sent clean and sent with faults.

The worst case of a rate counts every unknown outcome, and everything left out, as an event.
Faults make rows unusable; accepting the exclusions they lead to must never make the worst
case better than it is when the same rows are sent right.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path

import polars as pl
from hypothesis import strategies as st

EXPORT = Path(__file__).parent.parent.parent / "sample_data" / "exports" / "ZZ101"
SITE = "ZZ101"
END = date(2026, 6, 30)  # two years on

# Every category that an indicator counts, and one that none does.
KINDS = (
    ("BLEEDING", "HAEMATOMA", "I"),
    ("BLEEDING", "HAEMATOMA", "IIIa"),
    ("ARRHYTHMIA", "AF", "II"),
    ("ADJACENT_STRUCTURE", "BILE_LEAK", "IIIb"),
    ("SEEDING", "NEEDLE_TRACT", "IIIa"),
    ("OTHER", "PAIN", "I"),
)
FAULTS = (
    *(("complication", column, "VII") for column in ("clavien_dindo", "nice_category", "subtype")),
    ("complication", "onset_date", "31/02/2025"),
    ("complication", "procedure_id", "nowhere"),
    ("complication", "patient_pseudo_id", "nobody"),
    ("complication", "complication_id", ""),
    ("complication", "relatedness", "VII"),
    ("vital_status", "status", "D"),
    ("vital_status", "status_date", "31/02/2025"),
    ("vital_status", "death_date", "31/02/2025"),
    ("vital_status", "patient_pseudo_id", "nobody"),
    ("procedure", "procedure_date", "31/02/2025"),
    ("procedure", "patient_pseudo_id", "nobody"),
    ("procedure", "procedure_id", ""),
    ("procedure", "no_complication_confirmed", "perhaps"),
    ("followup_imaging", "imaging_date", "31/02/2025"),
    ("followup_imaging", "new_lesion", "VII"),
    ("patient", "patient_pseudo_id", "nobody"),
)
# What the row that stands first says, where a key stands twice: no harm.
REPEATED = {
    "complication": {"clavien_dindo": "I", "nice_category": "OTHER", "subtype": "PAIN"},
    "vital_status": {
        "status": "ALIVE", "death_date": "", "status_date": "2026-06-20", "cause_category": "",
    },
}  # fmt: skip
DROPPED = ("complication", "vital_status", "procedure")

Tables = dict[str, list[dict[str, str]]]


@dataclass(frozen=True)
class Step:
    """One submission of the same truth: its type, its faults, the rows that it leaves out."""

    is_full: bool
    faults: tuple[tuple[str, str, str, int], ...]  # table, column, value, row
    drops: tuple[tuple[str, int], ...]  # table, row
    repeats: tuple[tuple[str, int], ...]  # table, row that stands twice, the first one changed
    denies: bool  # says of procedures left without a complication that there was none


def truths():
    """Tables of four procedures with complications, deaths and scans."""
    complication = st.tuples(st.sampled_from(KINDS), st.sampled_from((0, 1, 10, 60, 200)))
    patient = st.fixed_dictionaries(
        {
            "complications": st.lists(complication, max_size=2),
            "death": st.sampled_from((None, None, 10, 60, 300)),
            "scan": st.sampled_from((None, "NONE", "NEEDLE_TRACT")),
        }
    )
    return st.lists(patient, min_size=4, max_size=4).map(tables_of)


def steps():
    """One to three submissions; only a full one after the first may leave rows out."""
    row = st.integers(0, 7)
    fault = st.tuples(st.sampled_from(FAULTS), row).map(lambda f: (*f[0], f[1]))
    step = st.builds(
        Step,
        is_full=st.booleans(),
        faults=st.lists(fault, min_size=1, max_size=3).map(tuple),
        drops=st.lists(st.tuples(st.sampled_from(DROPPED), row), max_size=2).map(tuple),
        repeats=st.lists(st.tuples(st.sampled_from(DROPPED), row), max_size=1).map(tuple),
        denies=st.booleans(),
    )
    return st.lists(step, min_size=1, max_size=3)


CLEAN = Step(is_full=False, faults=(), drops=(), repeats=(), denies=False)


@cache
def _base() -> Mapping[str, list[dict[str, str]]]:
    with zipfile.ZipFile(EXPORT / "2024-25-Q1.zip") as archive:
        texts = {
            name.removesuffix(".csv"): archive.read(name).decode()
            for name in archive.namelist()
            if name.endswith(".csv") and name not in ("prom.csv", "lesion_response.csv")
        }
    frames = {
        name: pl.read_csv(BytesIO(text.encode()), infer_schema=False).fill_null("")
        for name, text in texts.items()
    }
    return {name: frame.to_dicts() for name, frame in frames.items()}


def tables_of(patients: Sequence[Mapping[str, object]]) -> Tables:
    tables = deepcopy(dict(_base()))
    procedures = tables["procedure"][:4]
    for link in ("patient_pseudo_id", "procedure_id"):
        known = {row[link] for row in procedures}
        for name, rows in tables.items():
            if rows and link in rows[0]:
                tables[name] = [row for row in rows if row[link] in known]
    blank = dict.fromkeys(tables["complication"][0], "") if tables["complication"] else {}
    vital, scan = dict(tables["vital_status"][0]), dict(tables["followup_imaging"][0])
    tables |= {"complication": [], "vital_status": [], "followup_imaging": []}
    for number, (row, drawn) in enumerate(zip(procedures, patients, strict=True)):
        who = {"patient_pseudo_id": row["patient_pseudo_id"]}
        done = date.fromisoformat(row["procedure_date"])
        death = drawn["death"]
        for n, ((category, subtype, grade), day) in enumerate(drawn["complications"]):
            onset = done + timedelta(days=min(day, death if death is not None else day))
            tables["complication"].append(
                blank | who | {
                    "complication_id": f"C{number}{n}",
                    "procedure_id": row["procedure_id"],
                    "onset_date": onset.isoformat(),
                    "recorded_date": onset.isoformat(),
                    "nice_category": category,
                    "subtype": subtype,
                    "clavien_dindo": grade,
                    "relatedness": "PROBABLE",
                    "device_related_suspected": "N",
                    "intervention": "NONE",
                }
            )  # fmt: skip
        row["no_complication_confirmed"] = "" if drawn["complications"] else "Y"
        died = None if death is None else (done + timedelta(days=death)).isoformat()
        said = {"status": "DEAD" if died else "ALIVE", "death_date": died or ""}
        said |= {"status_date": died or "2026-06-20", "cause_category": "OTHER" if died else ""}
        tables["vital_status"].append(vital | who | said)
        if drawn["scan"] is not None and (death is None or death > 200):
            day = (done + timedelta(days=200)).isoformat()
            seen = {"imaging_id": f"I{number}", "imaging_date": day, "nominal_visit": "M6"}
            tables["followup_imaging"].append(
                scan | who | seen | {"new_lesion": drawn["scan"], "overall_response": "NE"}
            )
    return tables


def spoilt(truth: Tables, step: Step, *, is_first: bool) -> Tables:
    """The tables as a step sends them."""
    tables = deepcopy(truth)
    # Left out before a key is repeated: of a repeated one to send the changed row alone would
    # be a correction of the record, not a fault.
    if step.is_full and not is_first:
        for name, place in step.drops:
            if tables[name]:
                del tables[name][place % len(tables[name])]
    for name, place in step.repeats:
        rows = tables[name]
        if rows:
            first = rows[place % len(rows)]
            other = REPEATED.get(name, {})
            rows.insert(0, first | other)
    for name, column, value, place in step.faults:
        if tables[name]:
            tables[name][place % len(tables[name])][column] = value
    if step.denies:
        usable = {row["procedure_id"] for row in tables["complication"]}
        for row in tables["procedure"]:
            if row["procedure_id"] not in usable:
                row["no_complication_confirmed"] = "Y"
    return tables


def zipped(tables: Tables, *, is_full: bool, number: int) -> bytes:
    """An export of the tables, each with all columns of its truth."""
    columns = {name: list(rows[0]) for name, rows in _base().items() if rows}
    files = {
        f"{name}.csv": pl.DataFrame(rows, schema=dict.fromkeys(columns[name], pl.String))
        .write_csv(None)
        .encode()
        for name, rows in tables.items()
        if rows
    }
    manifest = {
        "spec_version": "1.0",
        "submitting_site": SITE,
        "period_start": "2024-04-01",
        "period_end": END.isoformat(),
        "extract_datetime": f"2026-07-{number:02d}T08:00:00+01:00",
        "submission_type": "FULL" if is_full else "INCREMENTAL",
        "caldicott_ack": True,
        "nil_return": False,
        "hes_ire_count": 4,
        "files": [
            {
                "name": name,
                "sha256": hashlib.sha256(data).hexdigest(),
                "row_count": len(tables[name.removesuffix(".csv")]),
            }
            for name, data in files.items()
        ],
    }
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("manifest.json", json.dumps(manifest))
        for name, data in files.items():
            archive.writestr(name, data)
    return written.getvalue()
