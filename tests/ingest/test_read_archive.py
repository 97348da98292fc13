"""ZIP files and folders: what is unpacked, and what an archive may not hold."""

from __future__ import annotations

import io
import json
import stat
import zipfile

import pytest

from ingest.archive import read_zip
from ingest.read import BROWSER, ExportRefused, Limits, read_content, read_export
from tests.ingest.reading_files import good, manifest, members, text, zipped

CSV = text(good()).encode()
FILES = members({"procedure.csv": CSV}, {"procedure.csv": 6})
REMOVED = b"table,key,reason\nprocedure,P00009,entered twice\nprom,AB;EQ-5D-5L;M1,wrong\n"


def code_of(content: bytes, name: str = "export.zip", limits: Limits = BROWSER) -> str:
    with pytest.raises(ExportRefused) as caught:
        read_content(name, content, limits=limits)
    return caught.value.code


def export_of(**changed: object) -> bytes:
    return zipped(members({"procedure.csv": CSV}, {"procedure.csv": 6}, **changed))


def test_a_zip_and_its_folder_read_alike(tmp_path):
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    by_folder = read_export(tmp_path)
    by_zip = read_content("export.zip", zipped(FILES))
    assert by_zip.tables["procedure"].frame.equals(by_folder.tables["procedure"].frame)
    assert by_zip.manifest == by_folder.manifest
    assert by_zip.records == {"procedure": 6}


def test_the_manifest_comes_back_as_canonical_text():
    read = read_content("export.zip", export_of(period_start="01/04/2026", nil_return="no"))
    assert read.manifest["period_start"] == "2026-04-01"
    assert read.manifest["nil_return"] == "N"
    assert read.manifest["caldicott_ack"] == "Y"
    assert read.manifest["hes_ire_count"] == "6"
    assert read.manifest["extract_datetime"] == "2026-07-20T09:30:00+01:00"
    assert read.manifest["reason"] is None


def test_one_folder_around_everything_and_litter_of_systems_are_read_over():
    nested = {f"export Q1/{name}": data for name, data in FILES.items()}
    read = read_content("export.zip", zipped(nested | {"__MACOSX/._procedure.csv": b"x"}))
    assert read.records == {"procedure": 6}
    assert any("passed over" in sentence for sentence in read.notices)


@pytest.mark.parametrize(
    ("changed", "column"),
    [
        ({"spec_version": "9"}, "spec_version"),
        ({"submitting_site": "ward 7"}, "submitting_site"),
        ({"period_end": "2026-03-31"}, "period_end"),
        ({"period_end": "2026-06-29"}, "period_end"),
        ({"period_start": "2026-05-01"}, "period_start"),
        ({"period_start": "2026-02-30"}, "period_start"),
        ({"extract_datetime": "2026-07-20T09:30:00"}, "extract_datetime"),
        ({"submission_type": "PARTIAL"}, "submission_type"),
        ({"submission_type": "CORRECTION"}, "reason"),
        ({"caldicott_ack": False}, "caldicott_ack"),
        ({"nil_return": "maybe"}, "nil_return"),
        ({"hes_ire_count": -1}, "hes_ire_count"),
        ({"hes_ire_count": [6]}, "hes_ire_count"),
        ({"submitting_site": None}, "submitting_site"),
        ({"ward": "7"}, "fields"),
        ({"files": {}}, "files"),
        ({"files": [{"name": "procedure.csv"}]}, "files"),
    ],
)
def test_a_manifest_that_does_not_hold_names_its_field(changed, column):
    with pytest.raises(ExportRefused) as caught:
        read_content("export.zip", export_of(**changed))
    assert (caught.value.code, caught.value.rule) == ("MANIFEST", "K01")
    assert column in [place.column for place in caught.value.places]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{",
        b'{"files": [], "nil_return": true, "nil_return": false}',
        b'{"files": NaN}',
        b"[" * 100_000,
        b'{"files": [{"name": "a", "sha256": "b", "row_count": 1e999}]}',
    ],
)
def test_a_manifest_that_is_no_json_object_is_refused(content):
    assert code_of(zipped({**FILES, "manifest.json": content})) == "MANIFEST"


def test_an_export_without_manifest_is_refused():
    assert code_of(zipped({"procedure.csv": CSV})) == "MANIFEST"


def test_files_must_be_the_listed_ones():
    assert code_of(zipped({**FILES, "procedure.csv": CSV + b" "})) == "CHECKSUM"
    assert code_of(zipped({**FILES, "lesion.csv": b"x"})) == "FILE_UNLISTED"
    assert code_of(zipped({"manifest.json": FILES["manifest.json"]})) == "FILE_MISSING"
    wrong_count = members({"procedure.csv": CSV}, {"procedure.csv": 7})
    assert code_of(zipped(wrong_count)) == "ROW_COUNT"
    both = {"procedure.csv": CSV, "Procedure.CSV.csv": CSV}
    assert code_of(zipped(members(both, dict.fromkeys(both, 6)))) == "FILE_UNKNOWN"


def test_one_table_in_two_files_is_refused():
    both = {"procedure.csv": CSV, "PROCEDURE .csv": CSV}
    assert code_of(zipped(members(both, dict.fromkeys(both, 6)))) == "FILE_TWICE"


def test_every_broken_table_is_named_at_once():
    files = {"procedure.csv": CSV + b"x\n", "lesion.csv": b"surname\nx\n"}
    with pytest.raises(ExportRefused) as caught:
        read_content("export.zip", zipped(members(files, dict.fromkeys(files, 7))))
    assert {place.table for place in caught.value.places} == {"procedure", "lesion"}


def test_a_zip_may_not_lead_out_of_its_folder_or_hold_links_or_archives():
    assert code_of(zipped({**FILES, "../procedure.csv": CSV})) == "ZIP_PATH"
    assert code_of(zipped({**FILES, "a/b/procedure.csv": CSV})) == "ZIP_PATH"
    assert code_of(zipped({**FILES, "/etc/passwd": CSV})) == "ZIP_PATH"
    assert code_of(zipped({**FILES, "more.zip": zipped(FILES)})) == "ZIP_NESTED"
    link = zipfile.ZipInfo("procedure.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    linked = zipped({"manifest.json": FILES["manifest.json"]})
    with_link = bytearray(linked)
    assert code_of(_with_member(bytes(with_link), link, b"/etc/passwd")) == "ZIP_PATH"


def _with_member(content: bytes, info: zipfile.ZipInfo, data: bytes) -> bytes:
    buffer = io.BytesIO(content)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(info, data)
    return buffer.getvalue()


def test_a_folder_may_not_hold_links_or_folders(tmp_path):
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "lesion.csv").symlink_to("/etc/passwd")
    with pytest.raises(ExportRefused) as caught:
        read_export(tmp_path)
    assert caught.value.code == "ZIP_PATH"


def test_bombs_are_refused_before_they_are_unpacked():
    bomb = zipped({**FILES, "lesion.csv": bytes(20_000_000)})
    assert code_of(bomb) == "ZIP_RATIO"
    small = Limits(received=50_000_000, unpacked=1_000)
    assert code_of(zipped(FILES), limits=small) == "ZIP_SIZE"
    assert code_of(zipped({f"{n}.csv": b"" for n in range(65)})) == "ZIP_MEMBERS"
    assert code_of(bytes(200), limits=Limits(received=100, unpacked=100)) == "SIZE"


def test_damaged_and_locked_archives_are_told_apart():
    content = zipped(FILES)
    assert code_of(content[:-30]) == "ZIP_DAMAGED"
    middle = content.find(b"procedure.csv") + 60
    assert code_of(content[:middle] + b"\x00\x01\x02" + content[middle + 3 :]) == "ZIP_DAMAGED"
    locked = content.replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01")
    assert code_of(locked) == "ZIP_PASSWORD"
    assert code_of(b"procedure_id\n1\n") == "TYPE"


def test_procedures_are_needed_without_a_nil_return():
    header = text([]).encode()
    none = {"procedure.csv": header}
    assert code_of(zipped(members(none, {"procedure.csv": 0}))) == "NO_ROWS"
    assert code_of(zipped(members({}, {}))) == "NO_ROWS"
    nil = read_content("export.zip", zipped(members({}, {}, nil_return=True)))
    assert nil.records == {}
    assert nil.manifest["nil_return"] == "Y"


def test_a_correction_may_name_removed_records():
    correction = {"submission_type": "CORRECTION", "reason": "double entry"}
    files = {"procedure.csv": CSV, "removed.csv": REMOVED}
    rows = {"procedure.csv": 6, "removed.csv": 2}
    read = read_content("export.zip", zipped(members(files, rows, **correction)))
    assert read.removed is not None
    assert read.removed.select("table", "procedure_id", "patient_pseudo_id", "reason").rows() == [
        ("procedure", "P00009", None, "entered twice"),
        ("prom", None, "AB", "wrong"),
    ]
    assert read.removed["timepoint"].to_list() == [None, "M1"]
    assert "removed" not in read.tables
    assert code_of(zipped(members(files, rows))) == "REMOVED"
    wrong = {**files, "removed.csv": REMOVED.replace(b"AB;", b"")}
    assert code_of(zipped(members(wrong, rows, **correction))) == "REMOVED"


def test_an_identifier_hides_the_rest():
    files = {"procedure.csv": CSV, "lesion.csv": b"nhs_number,lesion_id\n1,2\n"}
    with pytest.raises(ExportRefused) as caught:
        read_content("export.zip", zipped(members(files, {"procedure.csv": 6, "lesion.csv": 1})))
    assert (caught.value.code, caught.value.rule) == ("IDENTIFIER", "K08")
    in_reason = export_of(submission_type="CORRECTION", reason="see 943 476 5919")
    assert code_of(in_reason) == "IDENTIFIER"
    with pytest.raises(ExportRefused) as caught:
        read_content("943-476-5919.csv", CSV, table="procedure")
    assert "943" not in str(caught.value)


def test_a_manifest_with_a_mark_and_numbers_as_text_is_read():
    fields = manifest(hes_ire_count="6") | {"files": []}
    content = b"\xef\xbb\xbf" + json.dumps(fields | {"nil_return": "YES"}).encode()
    read = read_content("export.zip", zipped({"manifest.json": content}))
    assert read.manifest["hes_ire_count"] == "6"


def test_the_register_stands_apart_from_the_sites_tables():
    study = b"study_id,site_ods_code,site_confirmation_date\nS1,ZZ101,2025-01-01\n"
    files = {"procedure.csv": CSV, "study_site.csv": study}
    rows = {"procedure.csv": 6, "study_site.csv": 1}
    read = read_content("export.zip", zipped(members(files, rows)))
    assert list(read.tables) == ["procedure"]
    assert list(read.register_tables) == ["study_site"]


def test_unpacking_never_gives_more_than_the_directory_declares():
    content = zipped({"a.csv": b"x" * 1000})
    assert len(read_zip(content, "a.zip", BROWSER).files["a.csv"]) == 1000
