"""The export of a made-up site's cases, and the register that knows the site."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from expectations.dictionary import register_tables, site_tables
from ingest.home import Home, create_home
from ingest.register import load_register
from tests.ingest.clean_case import SITE, Rows
from tests.ingest.reading_files import members, zipped
from tests.ingest.test_journey import AT

_STUDY = {
    "study_id": "STUDY-01",
    "study_design": "REGISTRY_BASED",
    "iras_id": "999010",
    "rec_reference": "23/ZZ/0101",
    "rec_favourable_opinion_date": "2023-09-12",
    "public_registration_date": "2023-10-04",
    "study_open": "2023-10-16",
}
_SITE = {"site_ods_code": SITE}
_CONFIRMED = _SITE | {"site_confirmation_date": "2023-11-06"}
REGISTER: Mapping[str, Sequence[Mapping[str, str]]] = {
    "site": [
        _SITE
        | {
            "trust_ods_code": "ZZ1",
            "site_name": "Invented Infirmary",
            "nation": "E",
            "icb_ods_code": "QZ1",
            "hpb_specialist_centre": "Y",
        }
    ],
    "site_designation": [  # none in January 2025
        _SITE | {"designation_start": "2019-04-02", "designation_end": "2024-12-31"},
        _SITE | {"designation_start": "2025-02-01"},
    ],
    "research_study": [
        _STUDY,
        _STUDY | {"study_id": "CLOSED", "study_close": "2025-12-31"},
        _STUDY | {"study_id": "ELSEWHERE"},
        _STUDY | {"study_id": "LATE", "public_registration_date": "2026-06-30"},
    ],
    "study_site": [
        _CONFIRMED | {"study_id": "STUDY-01"},
        _CONFIRMED | {"study_id": "CLOSED"},
        _CONFIRMED | {"study_id": "ELSEWHERE", "site_confirmation_date": "2026-07-01"},
        _CONFIRMED | {"study_id": "LATE"},
    ],
}


def home_with_register(folder: Path) -> Home:
    """A home whose register knows the site, its designations and four studies."""
    home = create_home(folder / "home", demo_today=AT.date())
    for name, table in register_tables().items():
        (folder / f"{name}.csv").write_bytes(csv_of(REGISTER[name], list(table.columns)))
    load_register(home, folder, by="registry team", at=AT)
    return home


@dataclass(frozen=True)
class Export:
    """An export of cases, and the case that each line of each table is from."""

    files: Mapping[str, bytes]
    counts: Mapping[str, int]
    case_at: Mapping[tuple[str, int], int]

    def zipped(self, **manifest: object) -> bytes:
        """As one ZIP, with the manifest that fits it but for what is given."""
        return zipped(members(dict(self.files), dict(self.counts), **manifest))


def export_of(cases: Sequence[Rows]) -> Export:
    """The export with these cases' rows, a CSV file a table."""
    files, counts = {}, {}
    case_at: dict[tuple[str, int], int] = {}
    for name, table in site_tables().items():
        rows = [(at, row) for at, one in enumerate(cases) for row in one[name]]
        files[f"{name}.csv"] = csv_of([row for _, row in rows], list(table.columns))
        counts[f"{name}.csv"] = len(rows)
        case_at |= {(name, line): at for line, (at, _) in enumerate(rows, 2)}
    return Export(files, counts, case_at)


def csv_of(rows: Sequence[Mapping[str, str]], columns: Sequence[str]) -> bytes:
    """Rows as a CSV file; a cell that a row does not name is empty."""
    written = io.StringIO()
    writer = csv.DictWriter(written, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue().encode("utf-8")
