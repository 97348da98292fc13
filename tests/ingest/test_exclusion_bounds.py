"""No sequence of accepted exclusions makes harm look better than it may be."""

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from ingest.home import create_home
from ingest.register import load_register
from tests.ingest.bounds import (
    CLEAN,
    FAULTS,
    Step,
    spoilt,
    steps,
    tables_of,
    truths,
)
from tests.ingest.small_registry import SENT, TODAY, SmallRegistry

REGISTER = Path(__file__).parent.parent.parent / "sample_data" / "register"
FEW = settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def registry(path):
    shutil.rmtree(path, ignore_errors=True)
    home = create_home(path, demo_today=TODAY)
    load_register(home, REGISTER, by="registry team", at=SENT)
    return SmallRegistry(home)


def bound_of(folder, truth):
    """The worst cases where the truth is sent as it is."""
    right = registry(folder / "right")
    assert right.send(spoilt(truth, CLEAN, is_first=True), is_full=False)
    right.publish()
    return right.worst()


def bettered(folder, truth, sent, bound=None):
    """The worst cases that accepting these submissions made better, with the step."""
    bound = bound_of(folder, truth) if bound is None else bound
    wrong = registry(folder / "wrong")
    found = []
    for step in sent:
        tables = spoilt(truth, step, is_first=not wrong.accepted)
        if not wrong.send(tables, is_full=step.is_full):
            continue  # refused: nothing was accepted
        wrong.publish()
        unlisted = wrong.unlisted_harm()
        if unlisted:
            found.append((step, "not on the governance lead's page", unlisted))
        now = wrong.worst()
        found += [
            (step, name, was, now[name]) for name, was in bound.items() if now[name] < was - 1e-9
        ]
    return found


EVENTFUL = (
    {"complications": [(("BLEEDING", "HAEMATOMA", "I"), 0),
                       (("ADJACENT_STRUCTURE", "BILE_LEAK", "IIIb"), 10)],
     "death": 60, "scan": None},
    {"complications": [(("SEEDING", "NEEDLE_TRACT", "IIIa"), 200)], "death": None,
     "scan": "NEEDLE_TRACT"},
    {"complications": [(("ARRHYTHMIA", "AF", "II"), 0)], "death": 10, "scan": None},
    {"complications": [], "death": None, "scan": "NONE"},
)  # fmt: skip


@pytest.fixture(scope="module")
def eventful_bound(tmp_path_factory):
    return bound_of(tmp_path_factory.mktemp("bound"), tables_of(EVENTFUL))


SHORT = ("clavien_dindo", "procedure_id", "status")


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    "fault", [f for f in FAULTS if f[1] in SHORT], ids=lambda fault: ".".join(fault[:2])
)
def test_no_single_exclusion_betters_a_worst_case(tmp_path, eventful_bound, fault):
    truth = tables_of(EVENTFUL)
    everywhere = tuple((*fault, row) for row in range(3))
    step = Step(is_full=False, faults=everywhere, drops=(), repeats=(), denies=True)
    assert bettered(tmp_path / "homes", truth, [step], eventful_bound) == []


@pytest.mark.trial
@given(truth=truths(), sent=steps())
@FEW
def test_no_sequence_of_exclusions_betters_a_worst_case(tmp_path_factory, truth, sent):
    folder = tmp_path_factory.getbasetemp() / "bounds"
    assert bettered(folder, truth, sent) == []
