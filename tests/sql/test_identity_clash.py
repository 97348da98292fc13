"""D14b: one patient, one day, two sites: found by the build, told to the registry team."""

import pytest

from sql.access import DEMO_VIEWERS, AccessDenied, Viewer
from sql.publish import write_public
from sql.reader import Reader
from sql.warehouse import build
from tests.sql.drawing import BUILT, TODAY, accept, draw, load_register, with_parents

HERE = """
    procedure_id | patient | procedure_date
    clash        | both    | 2026-02-01
    day_after    | later   | 2026-02-01
    twice_here   | own     | 2026-02-01
    twice_again  | own     | 2026-02-01
    undated      | undated |
"""
THERE = """
    procedure_id | patient | procedure_date
    also         | both    | 2026-02-01
    next_day     | later   | 2026-02-02
    other        | other   | 2026-02-01
    undated      | undated |
"""


@pytest.fixture
def reading(home):
    accepted = [
        accept(home, number, site=site, **with_parents({"procedure": draw(drawn)}))
        for number, (site, drawn) in enumerate((("ZZ102", HERE), ("ZZ301", THERE)), 1)
    ]
    full = build(
        home, accepted, register=load_register(home), number=1, today=TODAY, built_at=BUILT
    )
    write_public(full, full.with_name("release-1.public.duckdb"))
    (full.parent / "CURRENT").write_text('{"release": 1}')
    return lambda viewer: Reader.open(home, viewer)


def test_a_patient_at_two_sites_on_one_day_is_listed_from_either_side(reading):
    with reading(DEMO_VIEWERS["team"]) as reader:
        found = reader.identity_clashes()
    columns = ["site_id", "procedure_id", "other_site_id", "other_procedure_id"]
    assert found.select(columns).rows() == [
        ("ZZ102", "clash", "ZZ301", "also"),
        ("ZZ301", "also", "ZZ102", "clash"),
    ]
    assert found.select("source_file", "source_line").row(0) == ("procedure.csv", 2)
    assert "patient_key" not in found.columns


@pytest.mark.parametrize(
    "viewer",
    [*(viewer for name, viewer in DEMO_VIEWERS.items() if name != "team")],
    ids=lambda viewer: viewer.role,
)
def test_nobody_but_the_registry_team_is_told(reading, viewer):
    own = Viewer(viewer.name, viewer.role, ("ZZ102",) if viewer.sites else ())
    with reading(own) as reader, pytest.raises(AccessDenied):
        reader.identity_clashes()
