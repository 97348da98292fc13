"""Every page and every file, for every role's account and for nobody: open, refused, logged."""

from __future__ import annotations

import ast
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from dashboard import downloads, viewer
from dashboard.app import PAGES
from dashboard.data import View
from dashboard.remembered import ANSWERS
from sql import sessions
from sql.access import AccessDenied, Viewer
from sql.accounts import Rights, accounts, change
from sql.ledger import Ledger
from sql.ledger_engine import KEPT
from sql.ledger_tables import EVENT
from sql.reader import NoRelease
from sql.sessions import SignIn
from tests.browser.sign_in import ACCOUNTS, SECRETS, registry
from tests.dashboard.conftest import said
from tests.sql.small_release import SITES

ROOT = Path(__file__).parent.parent.parent
ROLES = ("uploader", "lead", "governance", "commissioner", "team", "admin")
NOBODY = "nobody"

# Which pages open, written out here apart from the matrix: x opens, - is refused.
EXPECTED = """
    page           uploader lead governance commissioner team admin
    home           x        x    x          x            x    -
    complications  x        x    x          x            x    -
    outcomes       x        x    x          x            x    -
    compliance     x        x    x          x            x    -
    cases          x        x    x          x            x    -
    upload         x        x    -          -            -    -
    submissions    x        x    x          -            x    -
    record         x        x    x          -            x    -
    data-quality   x        x    x          x            x    -
    selection      x        x    x          x            x    -
    equity         x        x    x          x            x    -
    methods        x        x    x          x            x    x
    definitions    x        x    x          x            x    x
    rules          x        x    x          x            x    x
    releases       -        -    -          -            x    -
    erasure        -        -    -          -            x    -
    outbox         -        -    -          -            x    x
    accounts       -        -    -          -            -    x
    audit-log      -        -    -          -            -    x
"""
TABLE = {
    line.split()[0]: dict(zip(ROLES, line.split()[1:], strict=True))
    for line in EXPECTED.splitlines()[2:]
    if line.strip()
}
Given = list[tuple[str, Callable[[], bytes | str]]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A registry with real accounts, and no demo."""
    with pytest.MonkeyPatch.context() as patched:
        for name, value in SECRETS.items():
            patched.setenv(name, value)
        made = registry(tmp_path_factory.mktemp("matrix") / "home")
        patched.setenv("IRE_HOME", str(made))
        patched.setenv("IRE_DEMO", "0")
        patched.setattr(KEPT, "is_asked", True)  # as the dashboard's server does
        yield made


@pytest.fixture
def signed_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], SignIn | None]:
    """Let a person be signed in: what the provider said of them is given; the rest is real."""

    def let_in(name: str) -> SignIn | None:
        there = None if name == NOBODY else sign_in(name)
        monkeypatch.setattr("dashboard.signing_in.said", lambda: there)
        return there

    return let_in


def sign_in(name: str) -> SignIn:
    issued = datetime.now(UTC) - timedelta(seconds=5)
    return SignIn("https://provider", name, f"{name}@nhs.test", True, issued, f"{issued}")


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Given:
    """What the download buttons of the pages opened would give."""
    found: Given = []

    def noted(label: str, data: Any, file_name: str, **_: Any) -> None:
        found.append((file_name, data))

    monkeypatch.setattr("streamlit.download_button", noted)
    return found


def opened(path: str) -> AppTest:
    ANSWERS.clear()
    page = AppTest.from_function(_show, default_timeout=180)
    page.session_state["page"] = path
    return page.run()


def _show() -> None:
    import streamlit as st

    from dashboard.app import show

    show(st.session_state["page"])


def events(home: Path, *actions: str) -> list[tuple[str, str, str, str]]:
    of_each = (EVENT.c.by, EVENT.c.action, EVENT.c.subject, EVENT.c.detail)
    asked = sa.select(*of_each).where(EVENT.c.action.in_(actions)).order_by(EVENT.c.number)
    with Ledger(home / "ledger.sqlite") as ledger, ledger.read() as connection:
        return [tuple(one) for one in connection.execute(asked)]


def test_the_table_is_what_the_pages_and_the_matrix_come_to():
    assert list(TABLE) == [page.path for page in PAGES]
    for page in PAGES:
        for name in ROLES:
            who = Viewer(name, ACCOUNTS[name].role if name != "admin" else "registry admin")
            assert who.may(page.action) == (TABLE[page.path][name] == "x"), (page.path, name)


@pytest.mark.parametrize("name", ROLES)
def test_each_role_opens_its_pages_and_files_and_each_refusal_is_logged(
    home, signed_in, given, name
):
    there = signed_in(name)
    login = f"{name}@nhs.test"
    own = ACCOUNTS[name].sites if name != "admin" else ()
    others = [site for site in SITES if site not in own] if own else []
    for page in PAGES:
        before = events(home, "denied")
        shown = opened(page.path)
        text = said(shown)
        assert not shown.exception
        assert not shown.error
        new = events(home, "denied")[len(before) :]
        if TABLE[page.path][name] == "x":
            assert page.title in [title.value for title in shown.title]
            assert new == []
            assert not [site for site in others if site in text], page.path
        else:
            assert "Not permitted" in text
            assert "Not open to this account" in text
            assert not [*shown.dataframe, *shown.metric, *shown.get("vega_lite_chart")]
            assert new == [(login, "denied", page.action, f'{{"of": "page {page.path}"}}')]
    assert given
    for file, content in given:
        before = events(home, "downloaded")
        told = content()
        assert told
        ((by, _, subject, _),) = events(home, "downloaded")[len(before) :]
        assert (by, subject) == (login, file)
        assert not [site for site in others if site in _text(told)], file
    with Ledger(home / "ledger.sqlite") as ledger:
        sessions.sign_out(ledger, there, at=datetime.now(UTC))
    for file, content in given:
        before = events(home, "denied", "downloaded")
        with pytest.raises(AccessDenied, match="You have signed out"):
            content()
        assert events(home, "denied", "downloaded") == [
            *before,
            (login, "denied", f"file {file}", "{}"),
        ]


def _text(told: bytes | str) -> str:
    """What a file says, of a workbook its parts."""
    if isinstance(told, str):
        return told
    if told.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(told)) as parts:
            return "".join(parts.read(one).decode("utf-8", "ignore") for one in parts.namelist())
    return told.decode("utf-8", "ignore")


def test_nobody_opens_any_page(home, signed_in):
    signed_in(NOBODY)
    for page in PAGES:
        shown = opened(page.path)
        assert "Nobody is signed in" in said(shown)
        assert not [*shown.dataframe, *shown.metric, *shown.get("download_button")]


def test_that_rows_were_seen_is_logged_once_a_session_page_and_release(home, signed_in):
    signed_in("governance")
    before = events(home, "rows seen")
    page = opened("complications")
    page.run()
    opened("definitions")
    told = '{"release": 14, "sites": ["ZZ301", "ZZ302"]}'
    assert events(home, "rows seen")[len(before) :] == [
        ("governance@nhs.test", "rows seen", "complications", told)
    ]
    signed_in("commissioner")
    opened("complications")
    assert len(events(home, "rows seen")) == len(before) + 1


def test_another_role_holds_for_what_a_page_drew_before(home, signed_in, given, monkeypatch):
    there = signed_in("uploader")
    opened("upload")
    at = datetime.now(UTC)
    who = viewer.current(home)
    view = View(home, who, NoRelease("none"), at - timedelta(minutes=5), sign_in=there)
    assert viewer.standing(view) == who
    assert viewer.fresh(view).now >= at
    with Ledger(home / "ledger.sqlite") as ledger:
        number = next(one.number for one in accounts(ledger) if one.login == who.login)
        rights, to = Rights("commissioner"), {"by": "admin@nhs.test", "at": at}
        change(ledger, number, rights, registered=SITES, **to)
    try:
        with pytest.raises(AccessDenied, match="has changed: open the page again"):
            given[0][1]()
        assert events(home, "denied")[-1][0] == who.login
        drawn: list[str] = []
        monkeypatch.setattr("streamlit.rerun", lambda: drawn.append("anew"))
        viewer.fresh(view)
        assert drawn == ["anew"]
        assert viewer.standing(view).role == "commissioner"
        assert "Not permitted" in said(opened("upload"))
    finally:
        with Ledger(home / "ledger.sqlite") as ledger:
            back = Rights("site uploader", who.sites, who.trust)
            change(ledger, number, back, registered=SITES, **to)


def test_a_file_that_fails_says_an_incident_and_nothing_else(home, signed_in, caplog):
    there = signed_in("lead")
    who = viewer.current(home)
    view = View(home, who, NoRelease("none"), datetime.now(UTC), sign_in=there)

    def broken() -> bytes:
        raise RuntimeError("secret of patient 42")

    with pytest.raises(downloads.NotMade, match=r"^incident [0-9A-F]{8}$") as told:
        downloads.made(view, broken, "rows.csv")
    assert told.value.__suppress_context__
    assert "secret" not in caplog.text
    assert "in broken" in caplog.text


def test_without_a_sign_in_nothing_stands(home):
    view = View(home, replace(Viewer("x", "site lead")), NoRelease("none"), datetime.now(UTC))
    with pytest.raises(AccessDenied):
        viewer.standing(view)


# What the dashboard takes of the inbox beside the desk: types, words, what a session itself asks,
# and the health of the server, which names nobody.
TAKEN = {
    *("Changed", "Desk", "Form", "KeptStates", "Report", "Stood", "cut_words"),
    *("stand", "standing", "is_over", "sign_out", "health"),
}


def test_a_page_reaches_the_registry_by_the_desk_alone():
    for path in sorted((ROOT / "dashboard").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        taken = {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "inbox"
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == "ingest.inbox":
                taken |= {one.name for one in node.names}
        assert taken <= TAKEN, f"{path.name}: {taken - TAKEN}"


def test_what_is_drawn_again_by_itself_reads_the_rights_again():
    found = 0
    for path in sorted((ROOT / "dashboard").rglob("*.py")):
        source = path.read_text("utf-8")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef) and "view" in [a.arg for a in node.args.args]:
                if any("watched" in ast.unparse(one) for one in node.decorator_list):
                    assert "viewer.fresh(view)" in ast.unparse(node), f"{path.name}: {node.name}"
                    found += 1
                assert "st.fragment" not in "".join(map(ast.unparse, node.decorator_list))
    assert found >= 5


def test_every_download_is_one_that_asks_again():
    for path in sorted((ROOT / "dashboard").rglob("*.py")):
        if path.name != "downloads.py":
            assert "download_button" not in path.read_text("utf-8"), path.name
