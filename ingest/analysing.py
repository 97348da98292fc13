"""Open outlier cases: the analysis of a year, and what follows from due dates."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

import polars as pl

from ingest.accepted_of import accepted_of
from ingest.due import due
from ingest.home import LONDON, Home, HomeError
from sql import analysis
from sql.accepted import reports
from sql.ledger import Ledger
from sql.outlier_cases import open_cases
from sql.reader_periods import quarter
from sql.reader_source import NoRelease
from sql.snapshots import taken_of
from sql.warehouse import latest_due


def analysed(
    home: Home, ledger: Ledger, period: str, *, by: str, at: datetime
) -> analysis.Analysis:
    """Judge every site in a year from its annual snapshot; see sql.analysis.analyse."""
    of = analysis.analysed_period(period)
    try:
        return analysis.analyse(home.path, ledger, of, nations(home), by=by, at=at)
    except NoRelease as refusal:
        if taken_of(ledger, of.label) is not None:
            raise HomeError(f"{refusal} It is the snapshot of {of.label}.") from None
        raise HomeError(f"{refusal} Publish one: ire-audit build") from None


def open_from_due_dates(home: Home, ledger: Ledger, at: datetime) -> list[int]:
    """Of the last quarter due, open the cases of sites that sent nothing, and of poor data."""
    register, today = home.newest_register(), at.astimezone(LONDON).date()
    if register is None:
        return []
    held = ledger.submissions(states=("held",))
    owed = due(reports(accepted_of(home, ledger.walk())), held, register, today)
    last = quarter(latest_due(today))
    found = analysis.missing_quarters(owed.filter(quarter=last.label), nations(home))
    with suppress(NoRelease):  # none yet, or one of another version: a new one is on its way
        found += analysis.poor_quarters(home.path, last, nations(home))
    return open_cases(ledger, found, by=analysis.BY, at=at)


def nations(home: Home) -> dict[str, str]:
    """The nation of each site, as the newest load of the register has it."""
    register = home.newest_register()
    if register is None:
        return {}
    sites = pl.read_parquet(register / "site.parquet", columns=["site_ods_code", "nation"])
    return dict(sites.drop_nulls().iter_rows())
