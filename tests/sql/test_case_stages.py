"""What is declared of outlier cases: stages, day counts, thresholds, and the moves between."""

import pytest

from sql.case_moves import MOVES, TRANSITIONS
from sql.case_stages import FILE, policy, read
from sql.catalog import indicators

TEXT = FILE.read_text("utf-8")


def test_the_day_counts_are_those_of_the_guidance_and_marked_to_be_confirmed():
    counted = {s.step: s.days for s in policy().stages.values() if s.days is not None}
    assert counted == {1: 10, 2: 5, 3: 25, 4: 20, 5: 5, 6: 10}
    assert not policy().is_confirmed
    assert "confirmed by a person" in policy().note
    assert "HQIP" in policy().source


def test_only_the_trust_owes_the_response_and_the_acknowledgement():
    owed = [name for name, s in policy().stages.items() if s.owner == "governance lead"]
    assert owed == ["notified", "letter sent"]


def test_what_opens_poor_data_and_non_participation_is_an_indicator_of_the_registry():
    poor = policy().poor_data
    assert {poor.indicator, *poor.flagged, policy().non_participation} <= set(indicators())
    assert not policy().half_year


def test_the_documentation_has_the_stages_owners_and_days_that_are_declared():
    text = (FILE.parents[1] / "docs" / "outlier-cases.md").read_text("utf-8")
    table = text.split("| stage |")[1].split("\n\n")[0].splitlines()[2:]
    told = [[cell.strip() for cell in line.strip("| ").split("|")] for line in table]
    documented = {
        name: (owner, days) for stages, _, owner, days in told for name in stages.split(", ")
    }
    days, runs = {}, "–"
    for name, stage in policy().stages.items():
        runs = runs if stage.runs_on else str(stage.days or "–")
        days[name] = runs
    declared = {name: (s.owner, days[name]) for name, s in policy().stages.items()}
    assert documented == {name: told for name, told in declared.items() if name != "closed"}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("days = 25", "days = 0", "whole number from 1"),
        ("days = 25", "days = 2.5", "whole number from 1"),
        ('owner = "governance lead"', 'owner = "somebody"', "no such owner"),
        ("runs_on = true", "runs_on = true\ndays = 3", "exclude"),
        ("[stages.potential]", "[stages.begun]", "begin with potential"),
        ("threshold = 0.90", "threshold = 90", "between 0 and 1"),
    ],
)
def test_a_declaration_that_cannot_be_followed_is_refused(old, new, words):
    with pytest.raises(ValueError, match=words):
        read(TEXT.replace(old, new, 1))


def test_every_stage_is_reached_from_potential_and_leads_to_closed():
    def reached(start, step):
        found, waiting = {start}, [start]
        while waiting:
            here = waiting.pop()
            for pair in TRANSITIONS:
                if pair[step] == here and pair[1 - step] not in found:
                    found.add(pair[1 - step])
                    waiting.append(pair[1 - step])
        return found

    assert reached("potential", 0) == reached("closed", 1) == set(policy().stages)


def test_each_move_is_legal_from_a_stage_once_and_a_decision_needs_its_words():
    assert len({(move.old, move.name) for move in MOVES}) == len(MOVES)
    assert all(move.asks for move in MOVES if move.decision or move.is_for_late)
    assert all(move.asks for move in MOVES if move.action == "respond to a case")
