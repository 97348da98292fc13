"""The models and indicators as files: order, style, grain, and the macros that they use."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import duckdb
import pytest

from sql import catalog
from sql.warehouse import make
from tests.sql.drawing import TODAY, accept, load_register

PATHS = sorted(path for folder in catalog.FOLDERS for path in (catalog.ROOM / folder).glob("*"))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Every model made in memory, the temporary ones too, of a small registry."""
    home = tmp_path_factory.mktemp("home")
    one = accept(
        home,
        1,
        patient="patient\np\nq",
        procedure="procedure_id|patient|no_complication_confirmed\na|p|Y\nb|q|\nc|q|Y",
        lesion="lesion_id|patient\nl|p\nm|q",
        lesion_treatment="procedure_id|lesion_id\na|l\nb|m\nc|m",
        complication="complication_id|procedure_id|patient\nx|a|p\ny|a|p",
        followup_imaging="imaging_id|patient|imaging_date\ni|p|2024-02-01\nj|p|2024-02-10",
        lesion_response="imaging_id|lesion_id|technique_efficacy\ni|l|Y\nj|l|N",
        vital_status="patient|status\np|ALIVE",
    )
    with duckdb.connect() as connection:
        make(connection, [one], register=load_register(home), today=TODAY)
        yield connection


@pytest.mark.parametrize(
    "model", [m for m in catalog.models() if m.grain], ids=lambda model: model.name
)
def test_no_model_holds_two_rows_of_one_grain(made, model):
    columns = ", ".join(model.grain)
    rows, distinct = made.sql(
        f"select count(*), count(distinct ({columns})) from {model.name}"
    ).fetchall()[0]
    assert rows == distinct


def test_a_model_stands_after_every_model_that_it_reads():
    names = [model.name for model in catalog.models()]
    for position, model in enumerate(catalog.models()):
        assert not model.reads & set(names[position:])


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_model_is_one_select_with_its_header_in_order(path):
    text = path.read_text("utf-8")
    heads = re.findall(r"^-- (Grain|Value|Eligible|Source):", text, re.MULTILINE)
    assert heads == sorted(heads, key=("Grain", "Value", "Eligible", "Source").index)
    assert heads[0] == "Grain"
    if path.parent.name == "indicators":
        assert heads == ["Grain", "Value", "Eligible", "Source"]
    body = re.sub(r"--.*", "", text)
    assert ";" not in re.sub(r"'[^']*'", "", body)
    assert not re.search(r"\b(create|insert|qualify|pivot)\b", body, re.IGNORECASE)
    assert not re.search(r"date_diff\('(year|month)'", body)
    assert all(len(line) <= 92 for line in text.splitlines())


def test_every_indicator_has_a_select_and_every_select_an_entry():
    written = {model.name for model in catalog.models() if model.is_indicator}
    assert {entry.model for entry in catalog.indicators().values()} == written


def test_an_indicator_s_unit_is_in_its_name_and_its_windows_are_whole_days():
    for entry in catalog.indicators().values():
        assert entry.name.endswith(f"_per_{entry.unit}")
        if entry.kind == "rate":
            assert entry.window_days == entry.maturity_days


def test_a_benchmark_s_bounds_are_proportions_in_order():
    for entry in catalog.indicators().values():
        bounds = [bound for bound in (entry.low, entry.high) if bound is not None]
        assert bounds == sorted(bounds)
        target = [] if entry.target is None else [entry.target]
        assert all(0 <= bound <= 1 for bound in [*bounds, *target])


def test_an_indicator_without_its_select_is_named(monkeypatch):
    models = [m for m in catalog.models() if m.name != "ind_all_five_per_procedure"]
    monkeypatch.setattr(catalog, "models", lambda: models)
    with pytest.raises(catalog.CatalogError, match="ind_all_five_per_procedure"):
        catalog.indicators.__wrapped__()


def test_models_that_read_each_other_in_a_ring_are_refused(monkeypatch):
    ring = [replace(m, reads=frozenset({m.name})) for m in catalog.models()[:1]]
    monkeypatch.setattr(catalog, "_model", lambda *_: ring[0])
    monkeypatch.setattr(catalog, "_files", lambda _: [catalog.ROOM / f"{ring[0].name}.sql"])
    with pytest.raises(ValueError, match="in a cycle"):
        catalog.models.__wrapped__()


def test_a_changed_term_of_the_rules_makes_another_version(monkeypatch):
    before = catalog.code_version()
    changed = dict(catalog.terms()) | {"is_near": "dist_vessel_mm <= 5"}
    monkeypatch.setattr(catalog, "terms", lambda: changed)
    assert catalog.code_version.__wrapped__() != before


@pytest.mark.parametrize("name", catalog.DECLARATIONS)
def test_a_changed_declaration_makes_another_version(monkeypatch, tmp_path, name):
    before = catalog.code_version()
    for path in catalog.ROOM.glob("*.toml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    for folder in ("macros", *catalog.FOLDERS):
        (tmp_path / folder).symlink_to(catalog.ROOM / folder)
    monkeypatch.setattr(catalog, "ROOM", tmp_path)
    assert catalog.code_version.__wrapped__() == before
    with (tmp_path / name).open("a") as file:
        file.write("# changed")
    assert catalog.code_version.__wrapped__() != before


@pytest.mark.parametrize(
    ("day", "label"),
    [
        (date(2026, 3, 31), "2025/26 Q4"),
        (date(2026, 4, 1), "2026/27 Q1"),
        (date(2026, 7, 1), "2026/27 Q2"),
        (date(2026, 12, 31), "2026/27 Q3"),
        (date(2000, 1, 1), "1999/00 Q4"),
    ],
)
def test_a_quarter_is_named_by_its_financial_year(made, day, label):
    found = made.execute("select quarter_label(?), financial_year(?)", [day, day]).fetchall()
    assert found == [(label, label.split()[0])]
