"""All bad and harmless files beside the 44, by kind and name, and what the clean ones say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.trials.bad_files import CLEAN, BadFile, same
from tests.trials.judging import see
from tests.trials.unseen_archives import CLEAN_EXPORT, UNSEEN_ARCHIVES
from tests.trials.unseen_columnar import UNSEEN_COLUMNAR
from tests.trials.unseen_tables import UNSEEN_TABLES
from tests.trials.unseen_text import UNSEEN_TEXT
from tests.trials.unseen_workbooks import UNSEEN_WORKBOOKS

KINDS: Mapping[str, tuple[BadFile, ...]] = {
    "text": UNSEEN_TEXT,
    "tables": UNSEEN_TABLES,
    "archives": UNSEEN_ARCHIVES,
    "workbooks": UNSEEN_WORKBOOKS,
    "Parquet": UNSEEN_COLUMNAR,
}
UNSEEN: Mapping[str, BadFile] = {
    f"{kind}: {bad.name}": bad for kind, files in KINDS.items() for bad in files
}


def clean_digests(folder: Path) -> dict[str | None, str | None]:
    """The digest of the clean table, and under None that of the clean export."""
    table = same("clean", CLEAN)
    export = same("clean", CLEAN_EXPORT, filename="export.zip", table=None)
    return {bad.table: see(bad, folder).digest for bad in (table, export)}
