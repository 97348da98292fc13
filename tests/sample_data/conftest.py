"""The checked-in sample data, read once and replayed once a session."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.sample_data.replaying import Replayed, replay

SAMPLE_DATA = Path(__file__).parents[2] / "sample_data"


@pytest.fixture(scope="session")
def sample_data() -> Path:
    return SAMPLE_DATA


@pytest.fixture(scope="session")
def key() -> dict:
    return json.loads((SAMPLE_DATA / "answer_key.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def play() -> dict:
    return json.loads((SAMPLE_DATA / "demo.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def replayed() -> dict[str, Replayed]:
    """By path: what the oracle finds in each submission that could be read."""
    return replay(SAMPLE_DATA)
