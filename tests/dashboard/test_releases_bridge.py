"""What moved a figure: asked for, waited for, and shown to who sees rows and to nobody else."""

import shutil
from datetime import UTC, datetime

import altair as alt
import polars as pl
import pytest
import vl_convert
from streamlit.testing.v1 import AppTest

from dashboard.charts_bridge import waterfall, waterfall_rows
from dashboard.pages.releases_bridge import _in_chart
from dashboard.remembered import ANSWERS
from sql.bridge_file import Bridge, End, Step, bridge_path, joined, write
from sql.catalog import code_version
from sql.change_bridge import moved, standing
from sql.ledger import Ledger
from sql.requests import open_requests
from sql.warehouse import release_path
from tests.dashboard.conftest import make_home, said, specs
from tests.sql.small_release import DATA_DATE, procedures, write_release

BUILT = datetime(2026, 11, 16, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A home with releases 13 and 14: ZZ102 had two more procedures and one more event."""
    home = make_home(tmp_path_factory.mktemp("bridge") / "home")
    other = procedures("ZZ201", 20, S5_30=1)
    write_release(home, procedures("ZZ102", 31, S5_30=4) + other, number=13, is_public_too=False)
    write_release(home, procedures("ZZ102", 33, S5_30=5) + other, number=14)
    Ledger(home / "ledger.sqlite").close()
    before, later = (standing(release_path(home, n)) for n in (13, 14))
    moves = moved(before.values, later.values)
    ends = [End(n, BUILT, 1, 0, code_version(), DATA_DATE) for n in (13, 14)]
    sent = {"site": "ZZ102", "submissions": ("s9",), "at": "2026-10-29T15:31:00+00:00"}
    kinds = [Step("definition", DATA_DATE), Step("new data", DATA_DATE, left_out=1, **sent)]
    steps = (*kinds, Step("definition", DATA_DATE))
    rows = joined(before.values, [moves.clear(), moves, moves.clear()])
    write(bridge_path(home, 13, 14), Bridge(*ends, steps, code_version(), rows))
    return home


@pytest.fixture
def shown(monkeypatch):
    """The section as one persona sees it."""

    def of(home, persona="lead"):
        ANSWERS.clear()
        monkeypatch.setenv("IRE_HOME", str(home))
        monkeypatch.setenv("IRE_DEMO", "1")
        page = AppTest.from_function(_section, default_timeout=180)
        page.session_state["persona"] = persona
        return page.run()

    return of


def _section():
    from dashboard import data, viewer
    from dashboard.data import View
    from dashboard.pages.releases_bridge import section
    from dashboard.remembered import remembered
    from sql.reader import Reader

    home = data.home()
    who = viewer.current(home)
    with Reader.open(home, who) as reader:
        section(View(home, who, remembered(reader, home), viewer.now(home)), {13: "a snapshot"})


def test_the_figure_of_both_releases_and_what_moved_it_stand_in_a_sentence_and_tables(made, shown):
    page = shown(made)
    assert not page.exception
    text = said(page)
    assert (
        "Site ZZ102 (ZZ102): 4 of 31 in release 13, 5 of 33 in release 14: events +1, eligible +2."
        " New data: submission s9 of ZZ102, accepted 29 Oct 2026, 1 record left out: events +1"
    ) in text
    assert "4/31" in text
    assert "15.2 % (6.7–30.9 %)" in text  # of release 14, 5/33
    assert page.selectbox(key="bridge-from-14").options == [
        "Release 13 of 16 Nov 2026 (a snapshot)"
    ]
    assert len(specs(page)) == 1
    assert "entered,ZZ102,P032,–,2025-06-01,–,no event" in text
    assert "the same version" not in text  # it is told only where it moved something


def test_what_is_not_worked_out_is_asked_for_once_and_waited_for(made, shown, tmp_path):
    home = shutil.copytree(made, tmp_path / "home")
    bridge_path(home, 13, 14).unlink()
    page = shown(home)
    assert "not worked out yet" in said(page)
    page.button(key="bridge-ask-13-14").click().run()
    assert "○ waits for its turn" in said(page)
    assert not page.button
    with Ledger(home / "ledger.sqlite") as ledger:
        (asked,) = open_requests(ledger)
    assert (asked["submission_id"], asked["kind"]) == ("13-14", "bridge")


def test_a_commissioner_sees_nothing_of_it_and_a_single_release_says_so(made, shown, tmp_path):
    assert said(shown(made, "commissioner")) == ""
    home = shutil.copytree(made, tmp_path / "home")
    release_path(home, 13).unlink()
    assert "Only one release is kept so far" in said(shown(home))


def test_many_steps_are_drawn_by_kind_and_a_single_one_by_its_own_words():
    new = {"kind": "new data", "what": "New data: submission", "submissions": ["s"], "short": "new"}
    alone = new | {"kind": "withdrawal", "what": "Withdrawal: submission", "short": "gone"}
    counts = {"events": 1, "eligible": 2, "unknown": 0}
    steps = pl.DataFrame([one | counts for one in (*[new] * 13, alone)])
    drawn = _in_chart(steps, "events").select("short", "events").rows()
    assert drawn == [("New data (13 submissions)", 13), ("gone", 1)]
    assert _in_chart(steps.head(12), "events")["short"].to_list() == ["new"] * 12
    assert _in_chart(steps, "unknown").is_empty()


def test_a_bar_goes_from_where_the_last_ended_and_only_what_moved_is_drawn():
    steps = pl.DataFrame({"short": ["a", "b", "c"], "events": [2, 0, -3]})
    rows = waterfall_rows(steps, "events", ("first", "last"))
    assert rows.select("said", "kind", "start", "end").rows() == [
        ("first", "first", 0, 0),
        ("a: +2", "more", 0, 2),
        ("c: −3", "fewer", 2, -1),
        ("last", "last", -1, -1),
    ]
    spec = waterfall(rows, axis="Events").to_dict()
    assert alt.TopLevelSpec.from_dict(spec, validate=True)
    assert "c: −3" in vl_convert.vegalite_to_svg(spec)
