"""A breach never takes a procedure out of a denominator: care outside the guidance counts."""

from __future__ import annotations

from random import Random

import duckdb
import pytest

from sql.warehouse import build
from tests.sql.drawing import BUILT, TODAY, accept, draw, load_register, with_parents

PROCEDURES = 8


def counted(home, **drawn):
    """By indicator how many units count, with these tables beside the same procedures."""
    rows = with_parents({name: draw(text) for name, text in drawn.items() if name[0] != "_"})
    register = load_register(
        home,
        site_designation=f"designation_start\n{drawn['_designated']}",
        research_study="study_id\nstudy",
        study_site="study_id\nstudy",
    )
    path = build(
        home,
        [accept(home, 1, **rows)],
        register=register,
        number=1,
        today=TODAY,
        built_at=BUILT,
    )
    with duckdb.connect(str(path), read_only=True) as release:
        found = release.execute(
            "select indicator_id, count(*), count(distinct procedure_id) from indicator_value"
            " where not starts_with(indicator_id, 'D2') group by all"
        ).fetchall()
        breached = release.execute(
            "select count(*) from indicator_value where indicator_id = 'C11' and value = 0"
        ).fetchone()[0]
    return {name: (rows, procedures) for name, rows, procedures in found}, breached


def tables(chance, *, keeps):
    """Procedures with the same outcomes, whose facts all hold, or fail at random."""

    def link(name):
        return name if keeps or chance.random() < 0.5 else ""

    day = "2023-12-01" if keeps else chance.choice(("2023-12-01", "2024-03-01"))
    procedure = ["procedure_id | patient | enrolment_id | mdt_id | approval_id | anaesthesia"]
    complication = ["complication_id | procedure_id | nice_category | clavien_dindo"]
    for number in range(PROCEDURES):
        gas = "GA" if keeps else chance.choice(("GA", "SEDATION"))
        facts = f"{link('e')} | {link('m')} | {link('a')} | {gas}"
        procedure.append(f"p{number} | q{number} | {facts}")
        if number % 3 == 0:
            complication.append(f"c{number} | p{number} | BLEEDING | IIIa")
    patients = range(PROCEDURES)
    return {
        "_designated": "2020-01-01" if keeps else chance.choice(("2020-01-01", "2024-06-01")),
        "procedure": "\n".join(procedure),
        "complication": "\n".join(complication),
        "vital_status": "patient | status\n" + "\n".join(f"q{n} | ALIVE" for n in patients),
        "research_enrolment": f"enrolment_id | patient | consent_date\ne | q0 | {day}",
        "mdt_review": f"mdt_id | patient | meeting_date\nm | q0 | {day}",
        "governance_approval": "approval_id\na",
    }


@pytest.mark.parametrize("seed", range(4))
def test_every_denominator_is_the_same_whatever_was_breached(tmp_path, seed):
    met, _ = counted(tmp_path / "met", **tables(Random(seed), keeps=True))
    breached, breaches = counted(tmp_path / "breached", **tables(Random(seed), keeps=False))
    assert breaches
    assert breached == met
