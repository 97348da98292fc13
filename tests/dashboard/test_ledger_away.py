"""A page whose ledger is away says so, and is there again when the ledger is."""

import shutil

from sql import ledger_engine
from sql.ledger_errors import AWAY
from tests.dashboard.conftest import said


def test_a_page_says_that_the_ledger_is_away_and_comes_back(
    open_page, home, tmp_path, killable, monkeypatch
):
    monkeypatch.setattr(ledger_engine, "is_demo", lambda home: False)  # keeps its own file else
    copy = shutil.copytree(home, tmp_path / "home")
    page = open_page("outbox", "team", at_home=copy)
    there = said(page)
    assert AWAY not in there
    killable.kill()
    page.run()
    assert not page.exception
    assert AWAY in said(page)
    assert len(page.warning) == 1
    assert "Incident" not in said(page)
    killable.start()
    page.run()
    assert said(page) == there
