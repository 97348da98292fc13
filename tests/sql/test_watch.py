"""What an account is refused is in the audit log, once, without a record's key."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sql import watch
from sql.access import AccessDenied, Viewer
from sql.ledger import Ledger
from sql.reader import Reader
from tests.dashboard.conftest import make_home
from tests.sql.small_release import procedures, write_release

AT = datetime(2026, 11, 12, 9, 30, tzinfo=UTC)
LEAD = Viewer("Dr L", "site lead", ("ZZ102",), "ZZ1", "lead@nhs.test")
COMMISSIONER = Viewer("Dr C", "commissioner", login="c@nhs.test")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_release(make_home(tmp_path_factory.mktemp("w") / "home"), procedures("ZZ102", 12))


def logged(home: Path) -> list[tuple[str, str, str, str]]:
    with Ledger(home / "ledger.sqlite") as ledger:
        return [(one["by"], *(one[x] for x in ("action", "subject", "detail"))) for one in
                ledger.events()]  # fmt: skip


@pytest.mark.parametrize(
    ("viewer", "ask", "subject", "detail"),
    [
        (LEAD, lambda reader: reader.spans("ZZ301"), "see rows", '{"site": "ZZ301"}'),
        (LEAD, lambda reader: reader.spans("P001 of ZZ301"), "see rows", "{}"),
        (LEAD, lambda reader: reader.exclusions(), "see exclusions", "{}"),
        (LEAD, lambda reader: reader.identity_clashes(), "see identity clashes", "{}"),
        (COMMISSIONER, lambda reader: reader.rates(["S2_30"]), "see rows", "{}"),
        (COMMISSIONER, lambda reader: reader.kept_releases, "see rows", "{}"),
    ],
)
def test_what_the_reader_refuses_an_account_is_logged_once(home, viewer, ask, subject, detail):
    before = logged(home)
    with Reader.open(home, viewer, at=AT) as reader, pytest.raises(AccessDenied) as denied:
        ask(reader)
    assert logged(home) == [*before, (viewer.login, "denied", subject, detail)]
    watch.denied(home, viewer, denied.value, at=AT, of="page home")
    assert len(logged(home)) == len(before) + 1


def test_an_account_reads_at_a_time_and_a_persona_needs_none(home):
    with pytest.raises(ValueError, match="say when an account reads"):
        Reader.open(home, LEAD)
    before = logged(home)
    persona = Viewer("B. Demo", "site lead", ("ZZ102",))
    with Reader.open(home, persona) as reader, pytest.raises(AccessDenied):
        reader.spans("ZZ301")
    assert logged(home) == before


def test_what_was_taken_away_and_seen_is_told_by_page_file_and_site(home):
    before = logged(home)
    watch.downloaded(home, LEAD, "ire-breaches-release-14.csv", release=14, at=AT)
    watch.rows_seen(home, LEAD, "complications", release=14, at=AT)
    watch.denied(home, COMMISSIONER, AccessDenied("No."), at=AT, of="page upload")
    assert logged(home)[len(before) :] == [
        (LEAD.login, "downloaded", "ire-breaches-release-14.csv", '{"release": 14}'),
        (LEAD.login, "rows seen", "complications", '{"release": 14, "sites": ["ZZ102"]}'),
        (COMMISSIONER.login, "denied", "page upload", "{}"),
    ]
