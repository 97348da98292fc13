"""Accounts: who may sign in, as what, and what each role may do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import get_args

import polars as pl
import streamlit as st

from dashboard import states, words
from dashboard.data import View
from dashboard.figures import download, sentence, table
from sql.access import MATRIX, Action, Role
from sql.accounts import ADMIN, Account, Rights
from sql.ledger import LedgerError

HEADINGS: Mapping[str, str] = {
    "number": "Account",
    "name": "Name",
    "login": "Signs in as",
    "role": "Role",
    "sites": "Sites",
    "state": "State",
    "signed": "Has signed in",
}
REACH = {"all": "● all", "own": "◐ own sites", "none": "–"}


def show(view: View) -> None:
    """The accounts, what may be done with them, and the rights of each role."""
    found = view.desk.accounts()
    if found:
        _list(view, found)
    else:
        states.nothing("No account yet. The first two admins are named by: ire-audit init --admin")
    if any(one.login == view.viewer.login and one.state == "active" for one in found):
        _moves(view, found)
    st.header("What each role may do", anchor=False)
    rights = rights_frame()
    table(rights, {name: words.opened(name) for name in rights.columns}, reads="Rights of roles")
    st.caption("Whatever is not listed for a role, it may not do. Each refusal is logged.")


def _list(view: View, found: Sequence[Account]) -> None:
    counts = {state: sum(one.state == state for one in found) for state in ("active", "proposed")}
    waiting = f"; {counts['proposed']} to be agreed by another admin" if counts["proposed"] else ""
    sentence(f"{words.opened(words.counted(counts['active'], 'active account'))}{waiting}.")
    frame = accounts_frame(found)
    table(frame, HEADINGS, reads="Accounts", rows=12)
    download(view, frame, "accounts")


def accounts_frame(found: Sequence[Account]) -> pl.DataFrame:
    """One row an account, those that may sign in first; the columns of HEADINGS."""
    order = {"proposed": 0, "active": 1, "disabled": 2}
    rows = [
        {
            **{name: getattr(one, name) for name in ("number", "name", "login", "role", "state")},
            "sites": ", ".join(one.sites),
            "signed": "yes" if one.subject else "not yet",
        }
        for one in sorted(found, key=lambda one: (order[one.state], one.number))
    ]
    return pl.DataFrame(rows).select(*HEADINGS)


def rights_frame() -> pl.DataFrame:
    """One row an action: for each role none, own sites or all."""
    return pl.DataFrame(
        [
            {
                "may": action,
                **{role: REACH[MATRIX[role].get(action, "none")] for role in get_args(Role)},
            }
            for action in get_args(Action)
        ]
    )


def _moves(view: View, found: Sequence[Account]) -> None:
    add, change, close = st.tabs(["Make an account", "Change one", "Agree or disable"])
    with add, st.form("add account", clear_on_submit=True):
        login = st.text_input("E-mail address that the sign-in provider gives")
        name = st.text_input("Name, as pages show it")
        rights = _rights(view, "add")
        if st.form_submit_button("Make the account"):
            _do(lambda: view.desk.grant_account(login.strip(), name.strip(), rights))
        st.caption("An admin's account waits until another admin agrees.")
    active = {one.number: one for one in found if one.state == "active" and one.role != ADMIN}
    with change:
        if not active:
            states.nothing("No account to change; an admin's is disabled, and another made.")
        else:
            with st.form("change account"):
                number = _pick(active, "change")
                rights = _rights(view, "change")
                if st.form_submit_button("Change the account"):
                    _do(lambda: view.desk.change_account(number, rights))
    with close:
        _close(view, {one.number: one for one in found if one.state != "disabled"})


def _close(view: View, standing: Mapping[int, Account]) -> None:
    with st.form("close account"):
        number = _pick(standing, "close")
        reason = st.text_input("Why it is disabled (not needed to agree)")
        left, right = st.columns(2)
        with left:
            agrees = st.form_submit_button("Agree to this admin")
        with right:
            disables = st.form_submit_button("Disable for good")
    if agrees:
        _do(lambda: view.desk.agree_account(number))
    if disables:
        _do(lambda: view.desk.disable_account(number, reason))


def _pick(known: Mapping[int, Account], key: str) -> int:
    def named(number: int) -> str:
        one = known[number]
        return f"{one.number}: {one.name}, {one.login}, {one.role}"

    return int(st.selectbox("Account", list(known), format_func=named, key=f"account-{key}"))


def _rights(view: View, key: str) -> Rights:
    role = st.selectbox("Role", get_args(Role), key=f"role-{key}")
    sites = st.text_input(
        "Sites, for a role with sites of its own: their codes, divided by commas",
        key=f"sites-{key}",
    )
    trust = st.text_input("Trust of these sites, as pages show it", key=f"trust-{key}")
    named = tuple(dict.fromkeys(part.strip() for part in sites.split(",") if part.strip()))
    return Rights(role, named, trust.strip() or None)


def _do(act: Callable[[], object]) -> None:
    try:
        act()
    except LedgerError as refusal:
        st.warning(words.plain(str(refusal)))
        return
    st.rerun()
