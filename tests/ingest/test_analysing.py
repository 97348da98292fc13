"""Cases that follow from due dates, opened by the worker; and the command that analyses a year."""

from datetime import date, timedelta

import pytest

from ingest import inbox
from ingest.__main__ import main
from sql.analysis import TEAM
from sql.outlier_cases import cases

# ZZ101 has sent the first quarter of 2024/25; the second is due on 11 November 2024.
DUE = date(2024, 11, 11)


def on(registry, day):
    registry.now += timedelta(days=(day - registry.now.date()).days)


def opened(registry):
    found = [c for c in cases(registry.ledger, TEAM) if c["site_ods_code"] == "ZZ101"]
    return [(c["kind"], c["period"]) for c in found]


@pytest.mark.trial
def test_the_worker_opens_non_participation_on_the_day_after_the_due_date_and_once(registry):
    for days, found in ((0, []), (1, [("non-participation", "2024/25 Q2")])):
        on(registry, DUE + timedelta(days=days))
        registry.worker.run_once()
        assert opened(registry) == found
    on(registry, DUE + timedelta(days=2))
    registry.worker.run_once()
    assert opened(registry) == found


@pytest.fixture
def run(registry, capsys):
    def ran(*arguments):
        code = main([*arguments, "--home", str(registry.home.path)])
        told = capsys.readouterr()
        return code, told.out.strip(), told.err.strip()

    return ran


def snapshot(registry):
    """Open the year 2024/25, and take it after its window."""
    said = {"by": "registry team", "at": registry.now}
    number = inbox.open_snapshot(registry.home.path, "2024/25", **said)
    registry.now += timedelta(days=29)
    registry.worker.take_snapshot(number, by="registry team")


def test_a_year_is_analysed_from_its_snapshot_and_only_once_its_end_is_reached(run, registry):
    assert run("analyse", "--period", "2024/25") == (
        2,
        "",
        "ire-audit: No data yet: no release has been published. Publish one: ire-audit build",
    )
    registry.worker.publish()
    code, _, complaint = run("analyse", "--period", "2035/36")
    assert (code, complaint[:34]) == (2, "ire-audit: 2035/36 ends on 31 Mar ")
    code, _, complaint = run("analyse", "--period", "2024/25")
    assert (code, complaint[:37]) == (2, "ire-audit: 2024/25 has no snapshot, a")
    snapshot(registry)
    code, told, _ = run("analyse", "--period", "2024/25")
    assert code == 0
    assert told.startswith("2024/25 analysed from release 2, its snapshot: ")
    assert "no case opened; " in told
