"""`ire-audit validate`: the page, its forms, and the exit code where a number is wrong."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, date, datetime

import pytest

from ingest.__main__ import main
from ingest.home import create_home
from ingest.validating import renew
from sql.validation import references, validate
from sql.validation.validate import SECTIONS, kept


@pytest.fixture
def intervals_only(monkeypatch):
    """One section of seven: what is asked here does not depend on the others."""
    monkeypatch.setattr(validate, "SECTIONS", {"Intervals": SECTIONS["Intervals"]})


@pytest.fixture
def one_wrong(tmp_path, monkeypatch):
    """One recorded number is off in its sixth place."""
    copy = tmp_path / "references"
    shutil.copytree(references.FOLDER, copy)
    table = copy / "proportion_ci.csv"
    text = table.read_text("utf-8")
    table.write_text(text.replace("0.793450685622763", "0.793451685622763", 1), "utf-8")
    monkeypatch.setattr(references, "FOLDER", copy)


def test_every_reference_agrees_and_the_page_says_what_was_compared(tmp_path, capsys):
    page = tmp_path / "validation.html"
    assert main(["validate", "--out", str(page)]) == 0
    assert "agree with their references. Written to" in capsys.readouterr().out
    html = page.read_text("utf-8")
    for told in ("Wilson interval", "R 4.2.2, survival 3.5-3", "proportion_ci.csv", "10⁻¹⁰"):
        assert told in html
    for library in ("lifelines", "statsmodels", "firthmodels", "cmprsk", "FunnelPlotR"):
        assert library in html
    assert "DISAGREES" not in html
    assert not re.search(r"<script|<link|src=|https?://", html)


@pytest.mark.usefixtures("intervals_only", "one_wrong")
def test_one_wrong_number_is_our_fault_and_stands_at_the_top_of_the_page(tmp_path, capsys):
    page = tmp_path / "validation.html"
    assert main(["validate", "--out", str(page)]) == 1
    said = capsys.readouterr().out
    assert "1 of 9 comparisons" in said
    assert "disagree with their references: Wilson interval of a proportion" in said
    html = page.read_text("utf-8")
    assert html.index("What disagrees") < html.index("<h2>Intervals</h2>")
    assert "0.793450685622763, recorded 0.793451685622763" in html


@pytest.mark.usefixtures("intervals_only")
def test_the_same_result_as_markdown_and_as_json(tmp_path, capsys):
    assert main(["validate"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("# Validation of the statistics")
    assert "| Wilson interval of a proportion (`intervals.wilson`) | R 4.2.2" in printed
    assert main(["validate", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["agrees"] is True
    first = told["sections"]["Intervals"][0]
    assert (first["rows"], first["numbers"], first["disagreements"]) == (48, 96, 0)
    assert main(["validate", "--out", str(tmp_path / "v.json")]) == 0
    assert json.loads((tmp_path / "v.json").read_text("utf-8"))["sections"] == told["sections"]


@pytest.mark.usefixtures("intervals_only")
def test_a_page_that_cannot_be_written_is_said_before_the_work(tmp_path, capsys):
    for out, said in (
        (tmp_path / "page.pdf", "the name of a report ends in .html, .md, .json"),
        (tmp_path / "nowhere" / "page.md", "no such folder"),
    ):
        assert main(["validate", "--out", str(out)]) == 2
        assert said in capsys.readouterr().err
    (tmp_path / "page.md").mkdir()
    assert main(["validate", "--out", str(tmp_path / "page.md")]) == 2
    assert "is a folder" in capsys.readouterr().err
    assert main(["validate", "--home", str(tmp_path / "none")]) == 2
    assert "no registry home" in capsys.readouterr().err


@pytest.mark.usefixtures("intervals_only")
def test_a_home_keeps_the_result_for_its_dashboard(tmp_path):
    home = create_home(tmp_path / "home", demo_today=date(2026, 11, 16))
    assert kept(home.path) is None
    assert main(["validate", "--home", str(home.path)]) == 0
    assert kept(home.path).at == datetime(2026, 11, 16, 12, tzinfo=UTC)


@pytest.mark.usefixtures("intervals_only")
def test_a_worker_validates_again_only_where_the_statistics_have_changed(tmp_path, monkeypatch):
    home = create_home(tmp_path / "home")
    made = []
    monkeypatch.setattr(
        validate, "validate", lambda at, of=validate.validate: made.append(at) or of(at)
    )
    renew(home)
    renew(home)
    assert len(made) == 1
    told = json.loads((home.path / validate.KEPT).read_text("utf-8"))
    (home.path / validate.KEPT).write_text(json.dumps(told | {"fingerprint": "older"}), "utf-8")
    renew(home)
    assert len(made) == 2
    assert kept(home.path).fingerprint == validate.fingerprint()
