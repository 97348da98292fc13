"""A registry of one site, from its exports to releases, and the worst case of each rate."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl

from ingest.exclusions import exclusions
from ingest.home import Home
from ingest.pipeline import judge
from ingest.read import read_content
from ingest.register import registered_sites
from ingest.store import Receipt, store
from ingest.submission import Registry
from sql.access import Viewer
from sql.publish_release import publish
from sql.reader import Reader
from sql.walk import Accepted
from tests.ingest.bounds import SITE, Tables, zipped

LEAD = Viewer("Governance lead", "governance lead", (SITE,), "ZZ1")
BOUNDED = ("S1_90", "S2_30", "S2M_30", "S3_1", "S4_24M", "S5_30", "S5_90", "S7_30", "S7_90")
TODAY = date(2026, 8, 20)  # the due date of the exports' last quarter has passed
SENT = datetime(2026, 7, 10, 9, tzinfo=UTC)


class SmallRegistry:
    """The real path from an export to a release, all exclusions accepted, for one site."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.accepted: list[Accepted] = []
        self.left_out = pl.DataFrame()

    def send(self, tables: Tables, *, is_full: bool) -> bool:
        """Check and accept with all exclusions; False where it is refused."""
        number = len(self.accepted) + 1
        raw = zipped(tables, is_full=is_full, number=number)
        register = self.home.newest_register()
        known = Registry(
            accepted=self.accepted,
            register=register,
            sites=registered_sites(register),
            storage_keys=self.home.storage_keys(),
            is_alone=False,
        )
        verdict = judge(
            lambda: read_content("export.zip", raw), lambda _: known, now=SENT, site=SITE
        )
        if verdict.verdict == "refused":
            return False
        name = f"{self.home.path.name}-{number}"
        self.left_out = exclusions(verdict.assessment)
        receipt = Receipt(name, "export.zip", "0", SENT.isoformat(), "site", SENT, "site lead")
        store(self.home, verdict.assessment, receipt, raw, number)
        kind = "FULL" if is_full else "INCREMENTAL"
        folder = self.home.submission_folder(name)
        self.accepted.append(Accepted(name, SITE, number, kind, folder))
        return True

    def publish(self) -> None:
        publish(
            self.home.path,
            self.accepted,
            register=self.home.newest_register(),
            number=len(self.accepted),
            today=TODAY,
            built_at=SENT,
        )

    def worst(self) -> dict[str, float]:
        """The worst case of each complication and mortality indicator."""
        with Reader.open(self.home.path, LEAD) as reader:
            rates = reader.rates(BOUNDED, by="all")
        return {name: worst or 0.0 for name, worst in rates.select("indicator_id", "worst").rows()}

    def unlisted_harm(self) -> list[tuple[str, int]]:
        """The complications and deaths just left out that the governance lead does not see."""
        with Reader.open(self.home.path, LEAD) as reader:
            page = reader.exclusions().filter(
                pl.col("is_protected")
                & (pl.col("submission_id") == self.accepted[-1].submission_id)
            )
        listed = set(page.select("table_name", "source_line").rows())
        harm = self.left_out.filter(
            pl.col("table_name").is_in(["complication", "vital_status"]) & pl.col("is_protected")
        )
        return [row for row in harm.select("table_name", "source_line").rows() if row not in listed]
