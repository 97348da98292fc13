"""A load of the register is refused where a date stands before one that it must follow."""

import shutil

import polars as pl
import pytest

from ingest.home import HomeError, create_home
from ingest.register import load_register
from tests.ingest.test_journey import AT, ROOT

REGISTER = ROOT / "sample_data" / "register"
ORDERED = {
    "site_designation": ("designation_start", "designation_end"),
    "research_study": ("study_open", "study_close"),
}


def load(tmp_path, name, first, last):
    folder = shutil.copytree(REGISTER, tmp_path / "register")
    start, end = ORDERED[name]
    table = pl.read_csv(folder / f"{name}.csv", infer_schema=False)
    is_second = pl.int_range(pl.len()) == 1
    changes = {start: pl.lit(first), end: pl.lit(last)}
    table.with_columns(
        pl.when(is_second).then(value).otherwise(pl.col(column)).alias(column)
        for column, value in changes.items()
    ).write_csv(folder / f"{name}.csv")
    home = create_home(tmp_path / "home", demo_today=AT.date())
    return load_register(home, folder, by="registry team", at=AT)


@pytest.mark.parametrize("name", ORDERED)
def test_a_single_day_is_in_order(tmp_path, name):
    assert load(tmp_path, name, "2020-01-02", "2020-01-02") == 1


@pytest.mark.parametrize("name", ORDERED)
def test_an_end_before_the_start_is_refused_with_its_line(tmp_path, name):
    start, end = ORDERED[name]
    with pytest.raises(HomeError, match=rf"{name}.csv, line 3: {end} is earlier than {start}"):
        load(tmp_path, name, "2020-01-02", "2020-01-01")
