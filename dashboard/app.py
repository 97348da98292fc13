"""The dashboard: who is looking, what may be opened, and the page that was asked for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import streamlit as st

from dashboard import (
    abbreviations,
    data,
    links,
    past,
    pictures,
    provisional,
    saved,
    settings,
    signing_in,
    states,
    viewer,
    words,
)
from dashboard.data import View
from dashboard.pages import (
    accounts,
    audit_log,
    cases,
    compliance,
    complications,
    data_quality,
    definitions,
    equity,
    erasure,
    home,
    methods,
    outbox,
    outcomes,
    record,
    releases,
    rules,
    selection,
    submissions,
    upload,
)
from dashboard.remembered import remembered
from dashboard.turns import turn
from ingest.inbox import Desk
from sql import watch
from sql.access import AccessDenied, Action, Viewer, require
from sql.ledger import LedgerAway
from sql.open_files import WrittenAgain
from sql.reader import NoRelease, Reader
from sql.sessions import Refusal

NAME = "IRE Liver Audit"
ROOT = "home"  # the page that stands at the root of the address
WITHOUT_ROWS: tuple[Action, ...] = ("see definitions", "see the outbox")
STATUS = "NICE HTG532: use only in the context of research."


@dataclass(frozen=True)
class Page:
    """One page: where it stands in the navigation, what opens it, and what of it has a past."""

    group: str
    title: str
    path: str
    show: Callable[[View], None]
    action: Action
    is_listed: Callable[[Desk], bool] = lambda desk: True
    of_today: str = ""  # what of it is read from the ledger, whatever day is looked back at
    only_now: str = ""  # why it has no past


PAGES = (
    Page(
        *("Review", "Home", "home", home.show, "see published figures"),
        of_today="Submissions, cases and their clocks",
    ),
    Page("Review", "Complications", "complications", complications.show, "see published figures"),
    Page("Review", "Outcomes", "outcomes", outcomes.show, "see published figures"),
    Page("Review", "Compliance", "compliance", compliance.show, "see published figures"),
    Page(
        *("Review", "Cases", "cases", cases.show, "see cases", cases.is_listed),
        of_today="Cases, clocks and reviews",
    ),
    Page(
        *("Data", "Upload", "upload", upload.show, "upload"),
        only_now="Exports are sent in the present.",
    ),
    Page(
        *("Data", "Submissions", "submissions", submissions.show, "see rows"),
        of_today="Submissions, quarters, sign-offs and locks",
    ),
    Page(
        *("Data", "Record", "record", record.show, "see rows"),
        is_listed=lambda _: False,  # opened from a list of procedures
    ),
    Page("Data", "Data quality", "data-quality", data_quality.show, "see published figures"),
    Page(
        "Understand",
        "Case selection & technique",
        "selection",
        selection.show,
        "see published figures",
    ),
    Page("Understand", "Equity and sustainability", "equity", equity.show, "see published figures"),
    Page("Understand", "Methods", "methods", methods.show, "see definitions"),
    Page("Understand", "Definitions", "definitions", definitions.show, "see definitions"),
    Page("Understand", "Rules", "rules", rules.show, "see definitions"),
    Page(
        *("Run", "Releases", "releases", releases.show, "publish a release"),
        only_now="Releases are listed as they are kept today.",
    ),
    Page(
        *("Run", "Erasure", "erasure", erasure.show, "erase a patient"),
        only_now="Erasures are listed as they stand today.",
    ),
    Page(
        *("Run", "Outbox", "outbox", outbox.show, "see the outbox"),
        only_now="The outbox is shown as it is today.",
    ),
    Page(
        *("Run", "Accounts", "accounts", accounts.show, "manage accounts"),
        only_now="Accounts are shown as they are today.",
    ),
    Page(
        *("Run", "Audit log", "audit-log", audit_log.show, "read the audit log"),
        only_now="The audit log is shown as it is today.",
    ),
)


def main() -> None:
    """Draw the frame, and in it the page that the address names."""
    st.set_page_config(page_title=NAME, layout="wide")
    undone = states.undone()
    try:
        with turn():
            _chosen()
    except LedgerAway as absent:
        st.title(NAME, anchor=False)
        states.away(str(absent), is_said=str(absent) == undone)


def _chosen() -> None:
    who = _viewer()
    if not isinstance(who, Viewer):
        pages = [_registered(page, partial(_closed, who)) for page in PAGES]
        pages.append(_to_the_root(pages[0]))
        st.navigation(pages, position="hidden").run()
        return
    groups: dict[str, list[st.Page]] = {}
    shown = listed(who)
    opened: dict[str, st.Page] = {}
    for page in shown:
        opened[page.path] = _registered(page, partial(run, page, who))
        groups.setdefault(page.group, []).append(opened[page.path])
    # An address that a viewer may not open says so, and is logged, as any other denial.
    for page in PAGES:
        if page not in shown:
            hidden = _hidden(page, partial(run, page, who))
            groups[shown[0].group].append(hidden)
            if who.may(page.action):
                opened[page.path] = hidden
    if shown[0].path == ROOT:
        groups[shown[0].group].append(_to_the_root(opened[ROOT]))
    links.may_open(opened)
    chosen = st.navigation(groups, position="sidebar", expanded=True)
    with st.sidebar:
        if viewer.is_demo_mode():
            viewer.picker()
        else:
            signing_in.way_out(data.home(), viewer.now)
    chosen.run()


def listed(who: Viewer) -> list[Page]:
    """The pages that stand in a viewer's navigation."""
    home = data.home()
    desk = Desk(home, who, viewer.now(home))
    return [page for page in PAGES if who.may(page.action) and page.is_listed(desk)]


def show(path: str) -> None:
    """One page without the navigation, by its path: for tests of what a page says."""
    who = _viewer()
    if isinstance(who, Viewer):
        run(next(page for page in PAGES if page.path == path), who)
    else:
        _closed(who)


def run(page: Page, who: Viewer) -> None:
    """Draw a page for a viewer: its frame, its figures, or why it has none.

    The page's own Reader refuses again whatever the viewer may not see.
    """
    home = data.home()
    saved.arrive()
    pictures.begin()
    try:
        if not who.may(page.action):
            _frame(who, "Not open to this account", "")
            st.title(page.title, anchor=False)
        require(who, page.action)
        with ExitStack() as opened:
            _drawn(page, who, home, opened)
    except AccessDenied as denial:
        watch.denied(home, who, denial, at=viewer.now(home), of=f"page {page.path}")
        states.not_permitted(str(denial))
    except (NoRelease, WrittenAgain) as absent:
        states.no_data(str(absent))
    except LedgerAway as absent:
        states.away(str(absent))
    except Exception as error:
        states.failed(error)


def _drawn(page: Page, who: Viewer, home: Path, opened: ExitStack) -> None:
    now, there = viewer.now(home), None if viewer.is_demo_mode() else signing_in.said()
    desk = Desk(home, who, now)
    kept = desk.kept_states()
    seen = past.chosen(desk, kept)
    if seen is not None:
        who = past.looking_back(who)
    if seen is not None and (page.only_now or seen.release is None):
        _frame(who, "Looking back", "")
        st.title(page.title, anchor=False)
        if page.only_now:
            past.only_now(page.only_now)
        else:
            absent = NoRelease("This state is not built yet.")
            past.absent(seen, View(home, who, absent, now, seen, kept, None, there))
        return
    published = _published(home, who, opened, seen.release if seen is not None else None)
    if isinstance(published, NoRelease):
        _frame(who, "No release yet", "")
    else:
        _frame(who, published.release().status, published.scope())
    if seen is not None:
        past.banner(seen, page.of_today if who.may("see rows") else "")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(page.title, anchor=False)
        saved.way_in(desk, page.path)
    mark = st.empty() if page.action == "see published figures" else None
    view = View(home, who, published, now, seen, kept, mark, there)
    _note_rows(page, view)
    provisional.mark(view, "36 months")
    page.show(view)
    abbreviations.foot()
    if seen is None:
        _note_visit(view)


def _note_visit(view: View) -> None:
    """Note that the viewer was here; the page is drawn by then, and does without it."""
    with suppress(LedgerAway):
        view.desk.visit(view.release.number if view.release is not None else None)


def _note_rows(page: Page, view: View) -> None:
    """Log that an account sees rows: once a session, page and release."""
    if view.release is None or page.action in WITHOUT_ROWS or not view.viewer.may("see rows"):
        return
    noted: set[tuple[object, ...]] = st.session_state.setdefault("rows seen", set())
    seen = (page.path, view.release.number, view.viewer.sites)
    if seen not in noted:
        number = view.release.number
        watch.rows_seen(view.home, view.viewer, page.path, release=number, at=view.now)
        noted.add(seen)


def _published(
    home: Path, who: Viewer, opened: ExitStack, release: int | None
) -> Reader | NoRelease:
    try:
        return remembered(
            opened.enter_context(Reader.open(home, who, release=release, at=viewer.now(home))), home
        )
    except NoRelease as absent:
        return absent


def _viewer() -> Viewer | Refusal | data.NotDemo | None:
    """The viewer, or why there is none: not even that somebody tried (None)."""
    try:
        return viewer.current(data.home())
    except data.NotDemo as refusal:
        return refusal


def _closed(why: Refusal | data.NotDemo | None) -> None:
    """What stands in the place of every page for whoever is not let in."""
    st.title(NAME, anchor=False)
    st.caption(STATUS)
    if isinstance(why, data.NotDemo):
        states.not_permitted(str(why))
    else:
        signing_in.way_in(why)


def _frame(who: Viewer, release: str, scope: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.markdown(f"**{NAME}**", width="content")
        if settings.is_demo(data.home()):
            st.badge("DEMO: invented patients and sites", color="orange")
        st.text(viewer.introduced(who))
    st.caption(f"{words.plain(release)} · {STATUS}")
    with st.sidebar:
        st.caption(words.plain(scope))


def _registered(page: Page, draw: Callable[[], None]) -> st.Page:
    if page.path == ROOT:
        return st.Page(draw, title=page.title, url_path="", default=True)
    return st.Page(draw, title=page.title, url_path=page.path)


def _to_the_root(first: st.Page) -> st.Page:
    """What the first page's own path opens; Streamlit knows that page by the root alone."""

    def go() -> None:
        st.switch_page(first, query_params=st.query_params.to_dict())

    return st.Page(go, title=str(first.title), url_path=ROOT, visibility="hidden")


def _hidden(page: Page, draw: Callable[[], None]) -> st.Page:
    return st.Page(draw, title=page.title, url_path=page.path, visibility="hidden")


if __name__ == "__main__":
    main()
