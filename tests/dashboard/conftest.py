"""Fixtures: a small registry drawn procedure by procedure, and pages opened on it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from altair.utils import schemapi
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from dashboard.remembered import ANSWERS
from dashboard.server import KEPT_OPEN
from sql.open_files import FILES
from tests.sql.small_release import SITES, Complication, Procedure, procedures, write_release

TODAY = date(2026, 11, 16)
OpenPage = Callable[..., AppTest]


def make_home(path: Path, *, is_demo: bool = True) -> Path:
    """A registry's home without a release."""
    for folder in ("inbox", "submissions", "reports", "register", "releases"):
        (path / folder).mkdir(parents=True)
    told = {"demo": is_demo, "today": TODAY.isoformat() if is_demo else None}
    (path / "home.json").write_text(json.dumps(told))
    return path


def drawn() -> list[Procedure]:
    """ZZ102 bleeds in 6 of 31, ZZ302 treats 7 of 22 outside research, ZZ401 has 5 in all."""
    bleeding = procedures("ZZ102", 31, S2_30=6, S5_30=2)
    outside = procedures("ZZ302", 22, C1=7, C11=7)
    for procedure in outside[:7]:
        procedure.reasons = dict.fromkeys(("C1", "C11"), "consent after the procedure")
    others = [
        procedure
        for site, number in (("ZZ101", 40), ("ZZ201", 25), ("ZZ301", 45), ("ZZ401", 5))
        for procedure in procedures(site, number)
    ]
    for patient in others[:40:3]:
        patient.survival_days = 200
    return bleeding + outside + others


def finding(line: int, **more: object) -> dict[str, object]:
    """An open query on a procedure of ZZ102, on this line of its file."""
    return {
        "site_id": "ZZ102",
        "finding_id": f"{line}",
        "rule": "D03",
        "table_name": "procedure",
        "source_file": "procedure.csv",
        "source_line": line,
        "column_name": "mdt_id",
    } | more


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo home that serves the release of `drawn`."""
    bleeds = [Complication("ZZ102", f"C{n}", f"P{n:03d}", grade="IIIa") for n in range(6)]
    late = {"ZZ401": ("2026/27 Q2",)}
    fields = [(site, "patient", "sex", int(number > 0)) for site in SITES for number in range(12)]
    return write_release(
        make_home(tmp_path_factory.mktemp("registry") / "home"),
        drawn(),
        bleeds,
        missing=late,
        fields=fields,
        findings=[finding(line) for line in (5, 9)],
    )


@pytest.fixture(scope="session", autouse=True)
def looked_through_once() -> Iterator[None]:
    """Streamlit looks through all that is installed at every page tested: once is enough."""
    with pytest.MonkeyPatch.context() as patched:
        scanned = cache(manifest_scanner.scan_component_manifests)
        patched.setattr(manifest_scanner, "scan_component_manifests", scanned)
        yield


@pytest.fixture(autouse=True)
def kept_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """The files of a release stay open from page to page, as the server keeps them."""
    monkeypatch.setattr(FILES, "most", KEPT_OPEN)


@pytest.fixture(autouse=True)
def unfolded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are drawn with all that their buttons unfold."""
    monkeypatch.setattr("dashboard.unfolding.is_open", lambda said: True)


@pytest.fixture(autouse=True)
def no_setters(monkeypatch: pytest.MonkeyPatch) -> None:
    """No chart is made by Altair's setters: `alt.X(…).axis(…)` takes what any thread wrote last.

    They are one for all threads, so that one reader's chart got the axis of another's.
    """

    def refused(self: object, *_: object, **__: object) -> None:
        raise AssertionError(
            "give axis and scale to the channel itself: alt.X(…, axis=alt.Axis(…))"
        )

    monkeypatch.setattr(schemapi._PropertySetter, "__call__", refused)


@pytest.fixture
def open_page(home: Path, monkeypatch: pytest.MonkeyPatch) -> OpenPage:
    """Open one page as one persona of the demo, and run it."""

    def opened(
        path: str, persona: str, *, at_home: Path = home, is_demo: bool = True, **query: str
    ) -> AppTest:
        ANSWERS.clear()
        monkeypatch.setenv("IRE_HOME", str(at_home))
        monkeypatch.setenv("IRE_DEMO", "1" if is_demo else "0")
        page = AppTest.from_function(_show, default_timeout=180)
        page.session_state["page"] = path
        page.session_state["persona"] = persona
        for name, value in query.items():
            page.query_params[name] = value
        return page.run()

    return opened


def _show() -> None:
    import streamlit as st

    from dashboard.app import show

    show(st.session_state["page"])


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What the download buttons of the pages opened would give: name and table."""
    given: list[tuple[str, str]] = []
    monkeypatch.setattr(
        "dashboard.figures.download",
        lambda view, frame, name: given.append((name, frame.write_csv())),
    )
    return given


def specs(page: AppTest) -> list[str]:
    """The charts of a page, as they are sent to the browser."""
    return [chart.proto.spec for chart in page.get("vega_lite_chart")]


def said(page: AppTest) -> str:
    """Everything that a page says in words, tables included."""
    kinds = ("title", "header", "markdown", "caption", "text", "info", "warning", "success")
    words = [element.value for kind in (*kinds, "error") for element in page.get(kind)]
    words += [f"{metric.label}: {metric.value}" for metric in page.metric]
    words += [frame.value.to_csv(index=False) for frame in page.dataframe]
    return "\n".join(str(word).replace("\\", "").replace("\u00a0", " ") for word in words)
