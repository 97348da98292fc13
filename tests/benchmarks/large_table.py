"""One table's file of any size: procedures in 25 columns, with a few faults of each kind."""

from pathlib import Path

import polars as pl

from expectations.dictionary import tables

LEFT_OUT = (
    "mdt_id", "enrolment_id", "approval_id", "second_operator_pseudo_id",
    "no_complication_confirmed", "cardiology_signoff_date", "readmission_30d_date",
    "single_use_items_count", "volatile_agent", "volatile_mac_hours", "comment",
)  # fmt: skip
COLUMNS = [name for name in tables()["procedure"].columns if name not in LEFT_OUT]
CHUNK = 250_000


def write_procedures(path: Path, rows: int, *, every_date_is_wrong: bool = False) -> None:
    """Write so many procedures as CSV; each column has a fault in 0.05 to 2 % of the rows."""
    with path.open("wb") as file:
        for start in range(0, rows, CHUNK):
            stop = min(start + CHUNK, rows)
            frame = _procedures(start, stop, every_date_is_wrong)
            frame.write_csv(file, include_header=start == 0)


def _procedures(start: int, stop: int, every_date_is_wrong: bool) -> pl.DataFrame:
    i = pl.col("i")

    def one_of(*values: str) -> pl.Expr:
        words = pl.lit(pl.Series(values))
        return words.gather((i % len(values)).cast(pl.UInt32))

    def but(value: pl.Expr, every: int, fault: str | None) -> pl.Expr:
        return pl.when(i % every == 0).then(pl.lit(fault)).otherwise(value.cast(pl.String))

    def day(offset: pl.Expr | int, every: int, fault: str) -> pl.Expr:
        dated = pl.lit("2024-04-01").str.to_date() + pl.duration(days=i % 800 + offset)
        text = dated.dt.to_string("%m/%d/%y" if every_date_is_wrong else "%Y-%m-%d")
        return but(text, every, fault)

    columns = {
        "procedure_id": "P" + (i - pl.when(i % 5000 == 4999).then(1).otherwise(0)).cast(pl.String),
        "patient_pseudo_id": but(
            (i % 90_000).cast(pl.String).str.zfill(12).str.pad_start(64, "A"), 997, None
        ),
        "site_ods_code": but(pl.lit("ZZ101"), 1501, "zz-1"),
        "procedure_date": day(0, 2003, "31/02/2025"),
        "primary_operator_pseudo_id": "OP" + (i % 40).cast(pl.String),
        "supervised": but(one_of("Y", "N", "N"), 1009, "X"),
        "admission_date": day(-1, 777, "2027-01-01"),
        "discharge_date": day(2, 888, "2001-01-01"),
        "approach": but(one_of("PERCUTANEOUS", "LAPAROSCOPIC", "OPEN"), 300, "OTHER"),
        "opcs4": but(one_of("J12.8;Y12.3", "J03.1;Y12.3", "J03.1;Y12.3"), 700, "J12"),
        "guidance": but(one_of("CT;US", "US;CT", "CT"), 650, "XRAY"),
        "anaesthesia": but(pl.lit("GA"), 400, "NONE"),
        "nmb_used": but(pl.lit("Y"), 450, "N"),
        "nmb_agent": but(one_of("ROCURONIUM", "ATRACURIUM"), 990, "NONE"),
        "tof_count_at_first_pulse": but(pl.lit("0"), 333, "9"),
        "ecg_sync_used": but(pl.lit("Y"), 480, "N"),
        "defib_pads_applied": but(one_of("Y", "N"), 1200, None),
        "max_sbp": but(120 + i % 60, 451, "4000"),
        "total_procedure_minutes": but(60 + i % 200, 350, "1,5"),
        "n_lesions_treated": but(1 + i % 3, 980, "40"),
        "completion_imaging": but(one_of("CECT", "CEUS"), 1000, None),
        "technical_success": but(one_of("Y", "Y", "N"), 810, "MAYBE"),
        "abort_reason": pl.when(i % 3 == 2).then(but(pl.lit("OTHER"), 1100, None)),
        "unplanned_icu": but(one_of("N", "N", "Y"), 1300, None),
        "patient_travel_km": but((10 + i % 150 / 10).round(1), 150, "950"),
    }
    assert list(columns) == COLUMNS
    return pl.select(i=pl.int_range(start, stop)).select(**columns)


def write_pulses(path: Path, rows: int) -> None:
    """Write so many pulse deliveries as CSV in every column: 60 a lesion, six pairs of four
    electrodes at ten positions, with a few faults."""
    with path.open("wb") as file:
        for start in range(0, rows, CHUNK):
            frame = _pulses(start, min(start + CHUNK, rows))
            frame.write_csv(file, include_header=start == 0)


def _pulses(start: int, stop: int) -> pl.DataFrame:
    i = pl.col("i")
    lesion, pair, position = i // 60, i % 6, i % 60 // 6 + 1
    first, second = (pl.lit(pl.Series(ends)) for ends in ([1, 1, 1, 2, 2, 3], [2, 3, 4, 3, 4, 4]))
    half = i % 21
    code = pl.when(i % 5_003 == 0).then(pl.lit("XRAY")).otherwise(pl.lit("CT"))
    current = (20 + i % 211 / 10).round(1)
    columns = {
        "delivery_id": "D" + i.cast(pl.String),
        "procedure_id": "P" + (lesion // 2).cast(pl.String),
        "lesion_id": "L" + lesion.cast(pl.String),
        "position_no": position,
        "electrode_a": first.gather(pair.cast(pl.UInt32)),
        "electrode_b": second.gather(pair.cast(pl.UInt32)),
        "active_tip_mm": 10 + lesion % 3 * 5,
        "spacing_mm": 10 + half / 2,
        "spacing_verified_imaging": code,
        "angle_deg": i % 11,
        "tip_depth_offset_mm": pl.when(i % 4_001 == 0).then(pl.lit("x")).otherwise(pl.lit("1.5")),
        "parallel_confirmed": pl.lit("Y"),
        "voltage_v": 1_500 + half * 75,
        "pulses_planned": pl.lit(90),
        "pulses_delivered": pl.when(i % 3_001 == 0).then(9_000).otherwise(90),
        "pulse_length_us": 70 + lesion % 4 * 10,
        "current_start_a": current,
        "current_end_a": (current + 2).round(1),
        "current_max_a": (current + 3).round(1),
        "ecg_sync": pl.lit("Y"),
        "aborted_pulses": pl.lit(0),
        "abort_code": pl.lit(None, pl.String),
    }
    assert list(columns) == list(tables()["pulse_delivery"].columns)
    return pl.select(i=pl.int_range(start, stop)).select(**columns)
