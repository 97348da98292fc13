"""Bad and harmless archives: what a ZIP, its names and its manifest can have wrong.

The verdicts were written down before the files were tried.
"""

from __future__ import annotations

import gzip
import io
import json
import stat
import struct
import zipfile
from random import Random

from tests.ingest.reading_files import listed, zipped
from tests.ingest.test_journey import EXPORTS
from tests.trials.bad_files import BadFile, accepted, rejected, same
from tests.trials.unseen_text import tar
from tests.trials.variations import export_of, files_of, plain

EXPORT = export_of(EXPORTS / "ZZ401" / "2024-25-Q1.zip")
FILES = files_of(EXPORT, plain, Random(0))
MANIFEST = json.loads(FILES["manifest.json"])
TABLES = {name: data for name, data in FILES.items() if name != "manifest.json"}
COUNTS = {entry["name"]: entry["row_count"] for entry in MANIFEST["files"]}
PROCEDURES = FILES["procedure.csv"]
CLEAN_EXPORT = zipped(FILES)
CENTRAL, LOCAL = b"PK\x01\x02", b"PK\x03\x04"
UNPACKED_SIZE, NAME_LENGTH, FLAGS = 24, 28, 8  # offsets within an entry of the directory


def whole(name: str, content: bytes, says: str = "") -> BadFile:
    return same(name, content, says, filename="export.zip", table=None)


def refused(name: str, content: bytes, code: str, *places, **more: object) -> BadFile:
    more = {"filename": "export.zip", "table": None} | more
    return rejected(name, content, code, *places, **more)


def with_files(**changed: bytes) -> bytes:
    """The clean export with members of these names besides."""
    return zipped(FILES | changed)


def also(name: str, data: bytes = PROCEDURES) -> bytes:
    return zipped(FILES | {name: data})


def renamed(form: str, others: dict[str, bytes]) -> bytes:
    return zipped(others | {form.format(name): data for name, data in FILES.items()})


def listing(tables: dict[str, bytes], **fields: object) -> bytes:
    """An export whose manifest fits these files, with some fields changed."""
    counts = {name: max(0, data.count(b"\n") - 1) for name, data in tables.items()}
    told = MANIFEST | {"files": listed(tables, counts)} | fields
    return zipped({"manifest.json": json.dumps(told).encode(), **tables})


def told(**fields: object) -> bytes:
    return listing(TABLES, **fields)


def entries(**first: object) -> bytes:
    """The clean export whose first listed file is described otherwise."""
    changed = [MANIFEST["files"][0] | first, *MANIFEST["files"][1:]]
    return zipped(FILES | {"manifest.json": json.dumps(MANIFEST | {"files": changed}).encode()})


def manifest_of(content: bytes) -> bytes:
    return zipped(FILES | {"manifest.json": content})


def field(name: str, column: str, value: object) -> BadFile:
    """One field of the manifest that does not hold."""
    return refused(name, told(**{column: value}), "MANIFEST", ("K01", None, column))


def no_manifest(name: str, content: bytes) -> BadFile:
    """A manifest that is no JSON object of the right shape."""
    return refused(name, manifest_of(content), "MANIFEST", ("K01", None, "files"))


def directory(offset: int, form: str, value: int) -> bytes:
    """The clean export with one number of its directory's first entry changed."""
    content = bytearray(CLEAN_EXPORT)
    struct.pack_into(form, content, content.find(CENTRAL) + offset, value)
    return bytes(content)


def packed(method: int) -> bytes:
    return zipped(FILES, method)


def streamed() -> bytes:
    """A ZIP as programs write it that cannot go back: sizes stand after each member."""

    class Stream(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def tell(self) -> int:
            raise io.UnsupportedOperation

    out = Stream()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in FILES.items():
            archive.writestr(name, data)
    return out.getvalue()


def with_zip64() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in FILES.items():
            with archive.open(name, "w", force_zip64=True) as member:
                member.write(data)
    return out.getvalue()


def with_comment() -> bytes:
    out = io.BytesIO(CLEAN_EXPORT)
    with zipfile.ZipFile(out, "a") as archive:
        archive.comment = b"made by the theatre system"
    return out.getvalue()


def special(kind: int) -> bytes:
    """A member that is a link, a device or a pipe."""
    out = io.BytesIO(zipped({n: d for n, d in FILES.items() if n != "procedure.csv"}))
    info = zipfile.ZipInfo("procedure.csv")
    info.external_attr = (kind | 0o777) << 16
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(info, b"/etc/passwd")
    return out.getvalue()


def twice(name: str) -> bytes:
    """Two members whose names are one name to a file system."""
    out = io.BytesIO(zipped(FILES | {"#" * len(name): PROCEDURES}))
    return out.getvalue().replace(b"#" * len(name), name.encode())


def other_local_name() -> bytes:
    at = CLEAN_EXPORT.find(LOCAL) + 30
    return CLEAN_EXPORT[:at] + b"MANIFEST" + CLEAN_EXPORT[at + 8 :]


def wrong_crc() -> bytes:
    return directory(16, "<I", 1)


K01 = ("K01", None, None)

ARCHIVES = (
    whole("not_packed", packed(zipfile.ZIP_STORED)),
    whole("streamed", streamed()),
    whole("zip64", with_zip64()),
    whole("comment_of_the_archive", with_comment()),
    whole("line_end_after_the_archive", CLEAN_EXPORT + b"\r\n"),
    whole("one_folder_with_its_entry", renamed("q1/{}", {"q1/": b""})),
    whole("litter_of_windows", with_files(**{"THUMBS.DB": b"x", "Desktop.ini": b"x"}),
          "passed over"),
    whole("lock_files", also("~$export.xlsx"), "passed over"),
    whole("manifest_in_capitals", zipped(TABLES | {"MANIFEST.json": FILES["manifest.json"]})),
    refused("empty_file", b"", "EMPTY"),
    refused("empty_archive", zipped({}), "MANIFEST", K01),
    refused("only_litter", zipped({".DS_Store": b"x"}), "MANIFEST", K01),
    refused("no_manifest", zipped(TABLES), "MANIFEST", K01),
    refused("bytes_before_the_archive", b"MZ" + bytes(60) + CLEAN_EXPORT, "TYPE"),
    refused("csv_named_zip", PROCEDURES, "TYPE"),
    refused("gzip_named_zip", gzip.compress(PROCEDURES), "TYPE"),
    refused("tar_named_zip", tar(), "TYPE"),
    refused("7z_named_zip", b"7z\xbc\xaf\x27\x1c" + bytes(60), "TYPE"),
    refused("rar_named_zip", b"Rar!\x1a\x07\x01\x00" + bytes(60), "TYPE"),
    refused("document_named_zip", zipped({"[Content_Types].xml": b"<Types/>", "word/x.xml": b"x"}),
            "TYPE"),
    refused("zip_named_7z", CLEAN_EXPORT, "TYPE", filename="export.7z"),
    refused("cut_after_10_bytes", CLEAN_EXPORT[:10], "ZIP_DAMAGED"),
    refused("cut_in_half", CLEAN_EXPORT[: len(CLEAN_EXPORT) // 2], "ZIP_DAMAGED"),
    refused("cut_within_the_directory", CLEAN_EXPORT[:-100], "ZIP_DAMAGED"),
    refused("cut_by_one_byte", CLEAN_EXPORT[:-1], "ZIP_DAMAGED"),
    refused("start_lost", LOCAL + CLEAN_EXPORT[5000:], "ZIP_DAMAGED"),
    refused("wrong_checksum_of_a_member", wrong_crc(), "ZIP_DAMAGED"),
    refused("declares_too_little", directory(UNPACKED_SIZE, "<I", 10), "ZIP_DAMAGED"),
    refused("declares_600_megabytes", directory(UNPACKED_SIZE, "<I", 600_000_000), "ZIP_SIZE"),
    refused("declares_4_gigabytes", directory(UNPACKED_SIZE, "<I", 0xFFFFFFFE), "ZIP_SIZE"),
    refused("two_names_for_a_member", other_local_name(), "ZIP_DAMAGED"),
    refused("encrypted_member", directory(FLAGS, "<H", 1), "ZIP_PASSWORD"),
    refused("packed_with_bzip2", packed(zipfile.ZIP_BZIP2), "ZIP_DAMAGED"),
    refused("packed_with_lzma", packed(zipfile.ZIP_LZMA), "ZIP_DAMAGED"),
    refused("bomb", also("lesion_x.csv", bytes(20_000_000)), "ZIP_RATIO"),
    refused("sixty_five_members", zipped(FILES | {f"{n}.csv": b"" for n in range(65)}),
            "ZIP_MEMBERS"),
    refused("thousands_of_members", zipped({f"{n}.csv": b"" for n in range(5000)}), "ZIP_MEMBERS"),
)  # fmt: skip

NAMES = (
    *(refused(f"path_{n}", also(path), "ZIP_PATH")
      for n, path in enumerate(["../x.csv", "/x.csv", "C:/x.csv", "..\\x.csv", "a/b/x.csv",
                                "./x.csv", "a//x.csv", "a/../x.csv", "a\\x.csv"])),
    refused("two_folders", zipped({f"{n[0]}/{n}": d for n, d in FILES.items()}), "ZIP_PATH"),
    refused("link", special(stat.S_IFLNK), "ZIP_PATH"),
    refused("pipe", special(stat.S_IFIFO), "ZIP_PATH"),
    refused("device", special(stat.S_IFCHR), "ZIP_PATH"),
    *(refused(f"nested_{ending}", also(f"more.{ending}"), "ZIP_NESTED")
      for ending in ("zip", "ZIP", "gz", "tar", "7z", "rar", "bz2", "xz", "xlsx", "tgz")),
    refused("same_name_twice", twice("procedure.csv"), "ZIP_DUPLICATE"),
    refused("same_name_in_other_case", twice("PROCEDURE.csv"), "ZIP_DUPLICATE"),
    refused("nhs_number_in_a_name", also("943-476-5919.csv"), "IDENTIFIER", ("K08", None, None),
            secret="943-476"),
    refused("archive_in_a_table_s_name", listing(TABLES | {"procedure.csv": zipped(TABLES)}),
            "TYPE"),
    refused("readme", listing(TABLES | {"readme.txt": b"hello\n"}), "FILE_UNKNOWN"),
    refused("table_as_text_file", listing(TABLES | {"procedure.txt": PROCEDURES}), "FILE_UNKNOWN"),
    refused("copy_of_a_table", listing(TABLES | {"procedure (1).csv": PROCEDURES}), "FILE_UNKNOWN"),
    refused("table_twice", listing(TABLES | {"Procedure .csv": PROCEDURES}), "FILE_TWICE"),
    refused("unlisted_file", also("readme.txt"), "FILE_UNLISTED", K01),
    refused("name_with_controls", also("x\x07\x1b[31m.csv"), "FILE_UNLISTED", K01, secret="\x1b"),
    refused("name_of_300_signs", also("x" * 300 + ".csv"), "FILE_UNLISTED", K01, secret="x" * 150),
)  # fmt: skip

MANIFESTS = (
    *(no_manifest(f"manifest_{n}", content)
      for n, content in enumerate([
          b"", b"null", b"[]", b'"files"', b"{", b"{'files': []}", b'{"files": null}',
          b'{"files": {}}',
          b'{"files": [1]}', b'{"files": [], "files": []}', b'{"files": [], "hes_ire_count": NaN}',
          b"[" * 50_000, b'{"a":' * 50_000, b"\xff\xfe" + "{}".encode("utf-16-le"), b"\x80\x81",
          Random(0).randbytes(600_000).hex().encode(),
          b'{"files": [{"name": 1, "sha256": "x", "row_count": 1}]}',
          b'{"files": [{"name": "a", "sha256": "x", "row_count": true}]}',
          b'{"files": [{"name": "a", "sha256": "x", "row_count": 1e999}]}'])),
    field("site_is_a_word", "submitting_site", "ward 7"),
    field("period_ends_before_it_starts", "period_end", "2023-03-31"),
    field("period_is_a_month", "period_end", "2024-04-30"),
    field("period_month_first", "period_end", "06/30/2024"),
    field("extract_without_offset", "extract_datetime", "2024-07-22T13:36:00"),
    field("extract_on_no_day", "extract_datetime", "2024-02-30T13:36:00+01:00"),
    field("type_unknown", "submission_type", "DELTA"),
    field("no_acknowledgement", "caldicott_ack", False),
    field("version_2", "spec_version", "2.0"),
    field("count_negative", "hes_ire_count", -1),
    field("count_of_words", "hes_ire_count", "many"),
    field("count_a_list", "hes_ire_count", [1]),
    refused("extract_to_come", told(extract_datetime="2027-01-01T00:00:00+00:00"), "MANIFEST", K01),
    refused("period_to_come", told(period_start="2027-01-01", period_end="2027-03-31"), "MANIFEST",
            K01),
    refused("correction_without_reason", told(submission_type="CORRECTION"), "MANIFEST",
            ("K01", None, "reason")),
    refused("field_unknown", told(ward="Canary"), "MANIFEST", ("K01", None, "fields"),
            secret="Canary"),
    refused("nhs_number_in_the_reason", told(submission_type="CORRECTION", reason="see 9434765919"),
            "IDENTIFIER", ("K08", None, None), secret="9434765919"),
    refused("checksum", entries(sha256="0" * 64), "CHECKSUM", K01),
    refused("rows_too_few", entries(row_count=COUNTS["governance_approval.csv"] + 1), "ROW_COUNT",
            K01),
    refused("rows_negative", entries(row_count=-1), "ROW_COUNT", K01),
    refused("listed_twice", told(files=[*MANIFEST["files"], MANIFEST["files"][0]]), "FILE_TWICE",
            ("READ.FILE_TWICE", None, None)),
    refused("listed_and_absent", zipped({n: d for n, d in FILES.items() if n != "prom.csv"}),
            "FILE_MISSING", K01),
    refused("no_procedures", listing({n: d for n, d in TABLES.items() if n != "procedure.csv"}),
            "NO_ROWS"),
    refused("nil_return_with_procedures", told(nil_return=True), "NIL_RETURN", ("K09", None, None)),
    whole("checksums_in_capitals", entries(sha256=MANIFEST["files"][0]["sha256"].upper())),
    whole("rows_as_text", entries(row_count=str(COUNTS["governance_approval.csv"]))),
    whole("period_day_first", told(period_start="01/04/2024")),
    accepted("nil_return", listing({}, nil_return=True, hes_ire_count=0), filename="export.zip",
             table=None),
)  # fmt: skip

UNSEEN_ARCHIVES: tuple[BadFile, ...] = (*ARCHIVES, *NAMES, *MANIFESTS)
