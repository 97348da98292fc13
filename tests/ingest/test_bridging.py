"""The change bridge: each thing between two releases moves its own step, and nothing is left."""

import json
import shutil

import polars as pl
import pytest

from ingest import bridges, bridging
from ingest.__main__ import main
from ingest.bridges import bridge_progress, request_bridge
from ingest.bridging import Bridges
from ingest.home import open_home
from ingest.worker import Worker
from sql import bridge_file
from sql.access import AccessDenied, Viewer
from sql.change_bridge import counts, difference
from sql.ledger import Ledger, LedgerError
from sql.publish_release import prune
from sql.reader import NoRelease, Reader
from sql.warehouse import release_path
from tests.ingest.small_bridge import made

TEAM = Viewer("Team", "registry team")
LEAD = Viewer("Lead", "site lead", ("ZZ101",), "ZZ1")
SITES = ("ZZ101", "ZZ102")
COUNTS = ("eligible", "events", "unknown")


@pytest.fixture(scope="module")
def between(tmp_path_factory):
    found = made(tmp_path_factory.mktemp("bridge") / "home")
    yield found
    found.ledger.close()


@pytest.fixture(scope="module")
def bridge(between):
    Bridges(between.home, between.ledger).work_out(1, 2)
    return between


def moved(bridge, indicator, site="ZZ101", period="36 months", viewer=TEAM):
    """Of each step that moved it: its kind, and eligible, events, unknown."""
    with Reader.open(bridge.home.path, viewer) as reader:
        found = reader.change_bridge(1, 2, indicator, site=site, period=period)
    return {row["kind"]: tuple(row[name] for name in COUNTS) for row in found.steps.to_dicts()}


@pytest.mark.trial
def test_a_changed_definition_moves_its_step(bridge):
    # p1 stayed four days: long by today's definition, not by that of release 1.
    assert moved(bridge, "S9_LOS")["definition"] == (0, 1, 0)
    assert "definition" not in moved(bridge, "S5_30")


def test_time_that_passes_moves_the_period_and_nothing_else(bridge):
    assert moved(bridge, "S9_LOS")["time"] == (-1, 0, 0)  # of old
    assert "time" not in moved(bridge, "S9_LOS", period="2026/27 Q1")


def test_a_corrected_register_moves_its_step(bridge):
    assert moved(bridge, "C3", period="2026/27 Q1") == {"register": (0, -1, 0)}  # p1


def test_a_load_of_policy_values_moves_its_step(bridge):
    assert moved(bridge, "C9") == {"policy": (0, -1, 0)}  # 8 mm is near no more


def test_an_answer_moves_its_step(bridge):
    assert moved(bridge, "D4", period="2026/27 Q1") == {"answers": (0, 1, 0)}  # p3


def test_new_data_a_correction_and_a_withdrawal_move_their_own(bridge):
    assert moved(bridge, "S9_LOS")["new data"] == (2, 1, 0)  # n1, n2
    assert moved(bridge, "S5_30", period="2026/27 Q1") == {"correction": (0, -1, 0)}  # p1
    assert moved(bridge, "S9_LOS", "ZZ102") == {"withdrawal": (-1, -1, 0)}  # q2


@pytest.mark.parametrize("period", ["36 months", "12 months", "2026/27 Q1", "2026/27"])
def test_each_figure_of_the_first_release_and_the_steps_make_that_of_the_second(bridge, period):
    home = bridge.home.path
    with Reader.open(home, TEAM) as reader:
        found = reader.change_bridges(1, 2, period=period)
        indicators = reader.indicators()["id"].to_list()
        ends = [reader.rates(indicators, period=period)]
    with Reader.open(home, TEAM, release=1) as reader:
        ends.insert(0, reader.rates(indicators, period=period))
    told = [{(row["indicator_id"], row["site_id"]): row for row in end.to_dicts()} for end in ends]
    assert {(one.indicator_id, one.site) for one in found} == set(told[0])
    assert any(one.steps.height for one in found)
    for one in found:
        first, second = (end[one.indicator_id, one.site] for end in told)
        for name in COUNTS:
            assert getattr(one.first, name) == first[name]
            assert getattr(one.second, name) == second[name]
            assert first[name] + one.steps[name].sum() == second[name]


def test_two_release_files_alone_give_the_same_difference(bridge):
    home = bridge.home.path
    found = difference(release_path(home, 1), release_path(home, 2), "36 months")
    with Reader.open(home, TEAM) as reader:
        bridges_of = reader.change_bridges(1, 2)
    steps = {
        (one.indicator_id, one.site): one.steps.select(COUNTS).sum().row(0) for one in bridges_of
    }
    assert {k: v for k, v in steps.items() if any(v)} == {
        (row["indicator_id"], row["site_id"]): tuple(row[name] for name in COUNTS)
        for row in found.to_dicts()
    }


def test_the_states_between_begin_and_end_with_the_frozen_ones(bridge):
    found = bridge_file.read(bridge_file.bridge_path(bridge.home.path, 1, 2), sites=SITES)
    assert [step.kind for step in found.steps] == [
        "definition", "time", "register", "policy", "answers",
        "new data", "correction", "withdrawal", "definition",
    ]  # fmt: skip
    assert found.steps[5].submissions == ("s4",)
    assert found.steps[7].submissions == ("s3",)
    # The last release was made with today's code: built anew it is the same to the unit.
    assert found.rows.filter(step=len(found.steps)).is_empty()
    states = found.states()
    assert counts(states[-1], "36 months").equals(counts(states[-2], "36 months"))


def test_the_units_behind_a_step_are_procedures_and_no_patient_is_named(bridge):
    path = bridge_file.bridge_path(bridge.home.path, 1, 2)
    with Reader.open(bridge.home.path, LEAD) as reader:
        found = reader.change_bridge(1, 2, "S5_30", site="ZZ101", period="2026/27 Q1")
    rows = found.units.select("change", "procedure_id", "was", "now").rows()
    assert rows == [("changed", "p1", "event", "no event")]
    for column in pl.read_parquet(path).select(pl.col(pl.String)):
        assert not column.drop_nulls().str.contains("of p1").any()


def test_the_sentence_names_release_figures_and_what_moved_them(bridge):
    with Reader.open(bridge.home.path, LEAD) as reader:
        found = reader.change_bridge(1, 2, "S5_30", site="ZZ101", period="2026/27 Q1")
        year = reader.change_bridge(1, 2, "S9_LOS", site="ZZ101")
    assert (
        found.sentence.endswith(
            "1 of 3 in release 1, 0 of 3 in release 2: events −1. "
            "Correction: submission s5 of ZZ101, accepted 23 Aug 2026: events −1."
        )
        or "events −1. Correction: submission s5 of ZZ101" in found.sentence
    )
    assert "Definitions and rules: version older to " in year.sentence
    assert any(said.startswith("Register: load 1 to load 2") for said in found.unmoved)


def test_who_sees_own_rows_sees_own_sites_and_no_other_s_submissions(bridge):
    with Reader.open(bridge.home.path, LEAD) as reader:
        with pytest.raises(AccessDenied):
            reader.change_bridge(1, 2, "S5_30", site="ZZ102")
        found = reader.change_bridges(1, 2)
    assert {one.site for one in found} == {"ZZ101"}
    told = " ".join([one.sentence for one in found] + [w for one in found for w in one.unmoved])
    assert "ZZ102" not in told
    assert "s3" not in told
    commissioner = Viewer("D. Demo", "commissioner")
    with Reader.open(bridge.home.path, commissioner) as reader:
        for ask in (
            lambda: reader.change_bridge(1, 2, "S5_30"),
            lambda: reader.change_bridges(1, 2),
            lambda: reader.kept_releases,
        ):
            with pytest.raises(AccessDenied):
                ask()


def test_the_earlier_release_comes_first_and_both_are_kept(between):
    works = Bridges(between.home, between.ledger)
    with pytest.raises(LedgerError, match="name the earlier first"):
        works.want(2, 1)
    with pytest.raises(LedgerError, match="release 9 is not kept"):
        works.want(1, 9)
    with pytest.raises(LedgerError, match="two releases"):
        works.want(1, 1)


@pytest.fixture
def copy(between, tmp_path):
    """A copy of the home without its bridge, and its worker."""
    shutil.copytree(between.home.path, tmp_path / "home")
    shutil.rmtree(tmp_path / "home" / "bridges", ignore_errors=True)
    home = open_home(tmp_path / "home")
    with Ledger(home.ledger_path) as ledger:
        worker = Worker(home, ledger, clock=lambda: between.now)
        worker.is_published, worker.answers_shown = True, (1, 0)
        worker.cases_opened = between.now.date()
        yield home, worker


def test_the_worker_builds_a_state_at_a_time_and_goes_on_after_its_death(copy, monkeypatch):
    home, worker = copy
    frozen = bridging.change_bridge.standing(release_path(home.path, 2))
    monkeypatch.setattr(bridging.change_bridge, "rebuilt", lambda *_, **__: frozen)
    assert bridge_progress(home.path, 1, 2).state == "not asked"
    for _ in range(2):  # twice asked is once done
        request_bridge(home.path, 1, 2, by="site lead", at=worker.clock())
    assert bridge_progress(home.path, 1, 2).state == "asked"
    seen = []
    while bridge_progress(home.path, 1, 2).state != "made":
        assert worker.run_once()
        progress = bridge_progress(home.path, 1, 2)
        seen.append(progress.done)
        worker.bridges = Bridges(home, worker.ledger)  # another worker, with the same folders
    assert seen == [0, *range(1, 10), 0]
    assert not worker.run_once()
    events = [e["action"] for e in worker.ledger.events("bridge 1-2")]
    assert events == ["bridge requested"]


def test_a_bridge_that_fails_stops_with_an_incident_and_may_be_asked_anew(copy, monkeypatch):
    home, worker = copy
    monkeypatch.setattr(bridging.change_bridge, "standing", lambda _: 1 / 0)
    request_bridge(home.path, 1, 2, by="site lead", at=worker.clock())
    worker.run_once()
    worker.run_once()
    assert not worker.run_once()
    stopped = bridge_progress(home.path, 1, 2)
    assert stopped.state == "stopped"
    assert "incident" in stopped.why
    monkeypatch.undo()
    request_bridge(home.path, 1, 2, by="site lead", at=worker.clock())
    worker.run_once()
    worker.run_once()
    assert bridge_progress(home.path, 1, 2).done == 1


def test_a_bridge_of_a_release_that_is_not_kept_is_refused_in_words(copy):
    home, worker = copy
    request_bridge(home.path, 1, 9, by="site lead", at=worker.clock())
    worker.run_once()
    assert bridge_progress(home.path, 1, 9).why.startswith("release 9 is not kept")


def test_a_bridge_goes_with_either_of_its_releases(bridge, tmp_path):
    shutil.copytree(bridge.home.path, tmp_path / "home")
    home = tmp_path / "home"
    assert bridges.forget(home) == []
    assert prune(home, keep=1) == [1]
    assert bridges.forget(home) == ["1-2.parquet"]
    with Reader.open(home, TEAM) as reader, pytest.raises(NoRelease, match="not worked out"):
        reader.change_bridges(1, 2)


def test_the_command_prints_what_moved_a_line_a_figure(bridge, capsys):
    given = ["--home", str(bridge.home.path), "--period", "2026/27 Q1"]
    assert main(["bridge", "1", "2", *given, "--site", "ZZ101", "--indicator", "S5_30"]) == 0
    said = capsys.readouterr().out
    assert "1 of 3 in release 1, 0 of 3 in release 2: events −1. Correction: " in said
    assert said.endswith("1 of 1 figures moved (2026/27 Q1)\n")
    assert main(["bridge", "1", "2", *given, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    (one,) = [r for r in told if (r["indicator_id"], r["site_id"]) == ("S5_30", "ZZ101")]
    assert one["first"] == {
        "release": 1, "data_date": "2026-06-30", "events": 1, "eligible": 3, "unknown": 0
    }  # fmt: skip
    assert one["steps"][0]["submissions"] == ["s5"]
    assert main(["bridge", "2", "1", *given]) == 2
    assert "name the earlier first" in capsys.readouterr().err
