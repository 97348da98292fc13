"""A page whose ledger is away says so, and is there again when the ledger is."""

import ast
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.remembered import ANSWERS
from sql import ledger_engine
from sql.ledger import Ledger, LedgerAway
from sql.ledger_errors import AWAY, UNKNOWN
from tests.browser.sign_in import SECRETS, registry
from tests.dashboard.conftest import said
from tests.dashboard.test_access_matrix import sign_in


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


@pytest.fixture
def signed_in(tmp_path, killable, monkeypatch):
    """The whole dashboard as a site lead who is signed in sees it; the provider is given."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    made = registry(tmp_path / "home")
    there = sign_in("lead")
    monkeypatch.setenv("IRE_HOME", str(made))
    monkeypatch.setenv("IRE_DEMO", "0")
    monkeypatch.setattr("dashboard.signing_in.said", lambda: there)
    monkeypatch.setattr("streamlit.logout", lambda: None)  # is the provider's, which is not here
    ANSWERS.clear()
    yield AppTest.from_function(_main, default_timeout=180).run(), made
    if killable.process.poll() is not None:
        killable.start()


def _main():
    from dashboard.app import main

    main()


def press(page, label):
    next(one for one in page.sidebar.button if one.label == label).click()
    return page.run()


def test_what_a_button_does_says_that_the_ledger_is_away_and_can_be_pressed_again(
    signed_in, killable
):
    page, home = signed_in
    assert AWAY not in said(page)
    killable.kill()
    press(page, "Sign out")
    assert not page.exception
    assert (len(page.warning), AWAY in said(page)) == (1, True)
    killable.start()
    page.run()
    assert not page.exception
    assert AWAY not in said(page), "said once"
    press(page, "Sign out")
    assert not page.exception
    assert "You have signed out" in said(page)
    with Ledger(home / "ledger.sqlite") as ledger:
        assert [one["action"] for one in ledger.events()].count("session ended") == 1


def test_what_was_not_done_is_said_though_the_ledger_is_there_again(
    signed_in, killable, monkeypatch
):
    page, _ = signed_in

    def lost(*_, **__):
        raise LedgerAway(UNKNOWN)

    with monkeypatch.context() as patched:
        patched.setattr("ingest.inbox.sign_out", lost)
        press(page, "Sign out")
    assert (len(page.warning), UNKNOWN in said(page)) == (1, True)
    assert "Your last submission" in said(page)


def test_an_error_of_ours_in_what_a_button_does_is_told_as_an_incident(
    signed_in, killable, monkeypatch
):
    page, _ = signed_in

    def broken(*_, **__):
        raise ValueError("patient 943 476 5919")

    monkeypatch.setattr("ingest.inbox.sign_out", broken)
    press(page, "Sign out")
    assert not page.exception
    (warning,) = page.warning
    assert "Incident" in warning.value
    assert "943" not in warning.value


def test_whatever_a_button_does_before_its_page_is_guarded():
    handed, guarded = set(), set()
    for path in sorted((Path(__file__).parent.parent.parent / "dashboard").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.keyword) and node.arg in ("on_click", "on_change", "on_select"):
                handed.add((path.name, ast.unparse(node.value)))
            if isinstance(node, ast.FunctionDef):
                names = {ast.unparse(one) for one in node.decorator_list}
                if "states.pressed" in names:
                    guarded.add((path.name, node.name))
    plain = {"'ignore'", "'rerun'", "st.login", "st.logout"}
    assert {(file, act) for file, act in handed if act not in plain} == guarded
    assert len(guarded) >= 4
