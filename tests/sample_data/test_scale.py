"""A registry many times the size is written without being held."""

import csv
import hashlib
import io
import json
import tracemalloc
import zipfile

import pytest

from sample_data._registry import build_registry
from sample_data._scale import write_site
from sample_data.generate import main


@pytest.fixture(scope="module")
def scaled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scaled")
    main(["--scale", "3", "--out", str(folder)])
    return folder


def rows_of(path, table):
    with zipfile.ZipFile(path) as archive:
        return list(csv.DictReader(io.StringIO(archive.read(f"{table}.csv").decode(), newline="")))


def test_there_are_so_many_times_as_many_pulses_under_keys_of_their_own(scaled, replayed):
    path = scaled / "exports" / "ZZ401" / "full-x3.zip"
    keys = [row["delivery_id"] for row in rows_of(path, "pulse_delivery")]
    sent = {
        row.key
        for name, each in replayed.items() if "ZZ401" in name
        for row in each.sent if row.table == "pulse_delivery"
    }  # fmt: skip
    assert len(set(keys)) == len(keys) == 3 * len(sent)


def test_copies_name_their_own_parents(scaled):
    path = scaled / "exports" / "ZZ601" / "full-x3.zip"
    procedures = {
        row["procedure_id"]: row["patient_pseudo_id"] for row in rows_of(path, "procedure")
    }
    patients = {row["patient_pseudo_id"] for row in rows_of(path, "patient")}
    assert set(procedures.values()) == patients
    assert {row["procedure_id"] for row in rows_of(path, "pulse_delivery")} == set(procedures)
    assert len(rows_of(path, "operator")) == 2


def test_the_manifest_describes_what_was_streamed(scaled):
    for path in scaled.glob("exports/*/*.zip"):
        with zipfile.ZipFile(path) as archive:
            for file in json.loads(archive.read("manifest.json"))["files"]:
                content = archive.read(file["name"])
                assert hashlib.sha256(content).hexdigest() == file["sha256"]
                read = csv.reader(io.StringIO(content.decode(), newline=""))
                assert sum(1 for _ in read) - 1 == file["row_count"]


def test_memory_does_not_grow_with_the_scale(tmp_path):
    held = build_registry(532)["ZZ501"]
    peaks, sizes = [], []
    for times in (20, 80):
        path = tmp_path / f"x{times}.zip"
        tracemalloc.start()
        write_site(held, times, path)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        sizes.append(path.stat().st_size)
    assert sizes[1] > 3 * sizes[0]
    assert peaks[1] < 1.5 * peaks[0]  # one chunk; identifiers get a digit longer
