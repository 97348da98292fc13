"""What a Reader reads from: a release's files, opened hardened for one viewer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from sql import watch
from sql.access import AccessDenied, Action, Viewer, require
from sql.catalog import SCHEMA_VERSION
from sql.open_files import FILES, Stamp, stamp_of
from sql.reader_periods import ROLLING, Period, day, period, quarters

RELEASE_COLUMNS = (
    *("release_number", "schema_version", "data_date", "built_at"),
    *("sites_expected", "sites_reporting"),
)


class NoRelease(Exception):
    """No release can be shown; the message is a sentence for people."""


@dataclass(frozen=True)
class Release:
    """The served release: what it is, and how far its data go."""

    number: int
    data_date: date
    built_at: datetime
    sites_expected: int
    sites_reporting: int
    schema_version: int

    @property
    def status(self) -> str:
        return (
            f"Data to {day(self.data_date)}, release {self.number}, "
            f"{self.sites_reporting} of {self.sites_expected} sites reporting"
        )


class Source:
    """The files of one release, open for one viewer.

    `rows` reads the full file and refuses a viewer without own rows; for such a viewer the
    full file is never opened. `published` reads the public file. What is refused to an account
    is logged.
    """

    def __init__(
        self, folder: Path, number: int, viewer: Viewer, at: datetime | None = None
    ) -> None:
        if viewer.login and at is None:
            raise ValueError("say when an account reads: what is refused to it is logged")
        self.viewer = viewer
        self.at = at
        self.folder = folder
        self.number = number
        self._full_path = folder / f"release-{number}.duckdb"
        self._public_path = folder / f"release-{number}.public.duckdb"
        # By path, opened by the first question: most runs of a page ask nothing new.
        self._opened = ExitStack()
        self._connections: dict[Path, duckdb.DuckDBPyConnection] = {}
        self._known: dict[tuple[str, str], pl.DataFrame] = {}
        self._has_rows = viewer.may("see rows")

    @classmethod
    def open(
        cls, home: Path, viewer: Viewer, release: int | None = None, at: datetime | None = None
    ) -> Source:
        folder = home / "releases"
        try:
            pointer = json.loads((folder / "CURRENT").read_text("utf-8"))
        except FileNotFoundError:
            raise NoRelease("No data yet: no release has been published.") from None
        number = int(pointer["release"]) if release is None else release
        if not (folder / f"release-{number}.public.duckdb").is_file():
            raise NoRelease(f"Release {number} is not kept here.")
        source = cls(folder, number, viewer, at)
        if source.release.schema_version != SCHEMA_VERSION:
            source.close()
            raise NoRelease(
                "The served release was made by another version: publish a new one."
                if release is None
                else f"Release {number} was made by another version."
            )
        return source

    def close(self) -> None:
        self._connections.clear()
        self._opened.close()

    def rows(self, query: str, **values: Any) -> pl.DataFrame:
        """Rows of the full file; `$sites` in the query is the list of own sites."""
        self.require("see rows")
        if "$sites" in query:
            values["sites"] = self.sites
        # A release never changes: what a page asks twice is read once.
        asked = (query, repr(sorted(values.items())))
        if asked not in self._known:
            self._known[asked] = self._read(query, values)
        return self._known[asked]

    def published(self, query: str, **values: Any) -> pl.DataFrame:
        """Rows of the public file, for viewers who may see published figures."""
        self.require("see published figures")
        return frame(self._open(self._public_path), query, values)

    def defined(self, query: str) -> pl.DataFrame:
        """Rows of the public file that hold no figures: open to every role."""
        self.require("see definitions")
        return frame(self._open(self._public_path), query, {})

    def require(self, action: Action, site: str | None = None) -> None:
        """Refuse what the matrix does not allow, and log it."""
        try:
            require(self.viewer, action, site)
        except AccessDenied as denial:
            self._log(denial)
            raise

    def require_own(self, site: str) -> None:
        """Refuse a site outside the viewer's scope, whether or not it exists."""
        self.require("see rows", site)
        if site not in self.sites:
            says = "This account may see rows for its own sites only."
            denial = AccessDenied(says, "see rows", site)
            self._log(denial)
            raise denial

    def _log(self, denial: AccessDenied) -> None:
        if self.at is not None:
            watch.denied(self.folder.parent, self.viewer, denial, at=self.at)

    @cached_property
    def stamp(self) -> Stamp:
        """Of the release's files: another one if they were written again, as an erasure does."""
        files = [self._public_path, *([self._full_path] if self._has_rows else [])]
        with self._kept():
            return tuple(part for path in files for part in stamp_of(path))

    @cached_property
    def release(self) -> Release:
        path, table = self._public_path, "pub_release"
        if self._has_rows:
            path, table = self._full_path, "release"
        return _release_of(path, table, self.stamp)

    @cached_property
    def sites(self) -> list[str]:
        """Own sites, in order; for the registry team all of the register."""
        if not self._has_rows:
            return []
        known = self._read("select site_id from dim_site order by site_id", {})["site_id"]
        return [site for site in known if self.viewer.may("see rows", site)]

    @cached_property
    def site_names(self) -> Mapping[str, str]:
        found = self.rows("select site_id, site_name from dim_site")
        return {site: name or site for site, name in found.iter_rows()}

    @cached_property
    def together(self) -> str:
        """The own sites as one, at the start of a sentence: Both own sites; All 8 sites, to a
        viewer who sees them all; one by its name."""
        if len(self.sites) == 1:
            return self.site_names[self.sites[0]]
        whose = "sites" if self.viewer.reach("see rows") == "all" else "own sites"
        return f"Both {whose}" if len(self.sites) == 2 else f"All {len(self.sites)} {whose}"

    @cached_property
    def scope_key(self) -> str:
        """Equal for two viewers only if they see the same rows of the release."""
        return f"{self.viewer.role}:{','.join(sorted(self.viewer.sites))}"

    def scope_sentence(self) -> str:
        viewer = self.viewer
        if viewer.reach("see rows") == "all":
            return f"You see the rows of all {len(self.sites)} sites."
        if viewer.reach("see rows") == "own":
            named = ", ".join(f"{self.site_names[site]} ({site})" for site in self.sites)
            held = f"You see the rows of {named or 'no site'}"
            return f"{held}; other sites only within published national figures."
        if viewer.may("see published figures"):
            return "You see published figures only: rounded, and never a patient's row."
        return (
            "You see definitions, accounts and the audit log: this role has no access to figures."
        )

    def period(self, label: str) -> Period:
        return period(label, self.release.data_date)

    def period_labels(self) -> list[str]:
        """The rolling periods; with own rows also the quarters, newest first."""
        if not self._has_rows:
            return list(ROLLING)
        whole = self.period("36 months")
        first = self._read("select min(quarter_start) as first from site_quarter", {})
        start = max(whole.start, first["first"][0] or whole.start)
        named = [quarter.label for quarter in quarters(start, whole.end)]
        return [*ROLLING, *reversed(named)]

    def _read(self, query: str, values: Mapping[str, Any]) -> pl.DataFrame:
        if not self._has_rows:
            raise AccessDenied("This account has no rows of its own.", "see rows")
        return frame(self._open(self._full_path), query, values)

    def _open(self, path: Path) -> duckdb.DuckDBPyConnection:
        if path not in self._connections:
            with self._kept():
                self._connections[path] = self._opened.enter_context(FILES.reading(path))
        return self._connections[path]

    @contextmanager
    def _kept(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise NoRelease(f"Release {self.number} is not kept here any more.") from None


@lru_cache(maxsize=64)
def _release_of(path: Path, table: str, stamp: Stamp) -> Release:
    columns = ", ".join(RELEASE_COLUMNS)
    with FILES.reading(path) as connection:
        found = frame(connection, f"select {columns} from {table}").row(0, named=True)
    return Release(
        number=found["release_number"],
        data_date=found["data_date"],
        built_at=found["built_at"].replace(tzinfo=UTC),
        sites_expected=found["sites_expected"],
        sites_reporting=found["sites_reporting"],
        schema_version=found["schema_version"],
    )


def frame(
    connection: duckdb.DuckDBPyConnection, query: str, values: Mapping[str, Any] | None = None
) -> pl.DataFrame:
    """The rows of a query, read through a cursor of their own."""
    # A cursor per call: pages of several sessions may read at the same time.
    with connection.cursor() as cursor:
        relation = cursor.sql(query, params=dict(values)) if values else cursor.sql(query)
        found: pl.DataFrame = relation.pl()
        return found
