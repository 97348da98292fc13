"""A sound export of any size: one site's quarter, copied under keys of its own."""

from itertools import cycle, islice

from sample_data._calendar import Quarter
from sample_data._exports import quarter_export
from sample_data._registry import build_registry
from sample_data._scale import _copies
from sample_data._write import write_export

MOST_POSITIONS = 3  # of the quarter that is copied


def write_large(path, *, procedures, deliveries, records):
    """Write a ZIP of CSV files with exactly so many procedures, pulse rows and records."""
    export = quarter_export(build_registry(532)["ZZ101"], Quarter(2024, 1))
    once = export.text_rows
    times = procedures // len(once["procedure"])
    tables = {name: list(_copies(rows, times)) for name, rows in once.items()}
    tables["pulse_delivery"] = list(islice(_positions(tables["pulse_delivery"]), deliveries))
    missing = records - sum(len(rows) for rows in tables.values())
    scans = cycle(tables["followup_imaging"])
    further = [
        scan | {"imaging_id": f"{scan['imaging_id']}-again-{number}"}
        for number, scan in zip(range(missing), scans, strict=False)
    ]
    tables["followup_imaging"] += further
    assert len(tables["procedure"]) == procedures
    assert len(tables["pulse_delivery"]) == deliveries
    assert sum(len(rows) for rows in tables.values()) == records
    write_export(tables, export.manifest | {"hes_ire_count": procedures}, path, "csv-zip")


def _positions(rows):
    """Every pulse row, then again at further positions of the electrodes."""
    yield from rows
    for again in range(1, 9):
        for row in rows:
            number = int(row["position_no"]) + again * MOST_POSITIONS
            yield row | {
                "position_no": str(number),
                "delivery_id": f"{row['delivery_id']}-p{again}",
            }
