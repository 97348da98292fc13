"""All comparisons together: made, told as JSON, and kept in a registry's home."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from sql.validation import (
    of_charts,
    of_funnels,
    of_intervals,
    of_models,
    of_oracles,
    of_published,
    of_survival,
    references,
)
from sql.validation.comparing import Comparison, Reference

KEPT = "validation.json"
ROOM = Path(__file__).parents[1]
FINGERPRINTED = ("statistics", "references", "validation")
DIGITS = 12

SECTIONS: dict[str, Callable[[], Iterator[Comparison]]] = {
    "Intervals": of_intervals.comparisons,
    "Funnels and outliers": of_funnels.comparisons,
    "Survival and competing risks": of_survival.comparisons,
    "Charts over time and CUSUM": of_charts.comparisons,
    "Case mix, shrinkage and many comparisons": of_models.comparisons,
    "Other libraries": of_oracles.comparisons,
    "Published series of IRE and its comparators": of_published.comparisons,
}


@dataclass(frozen=True)
class Difference:
    """Where another program gives another answer, knowingly."""

    library: str
    about: str
    theirs: str
    ours: str
    why: str


@dataclass(frozen=True)
class Validation:
    """One run over all references.

    Attributes:
        fingerprint: of the statistics and the references that it was made with.
    """

    at: datetime
    fingerprint: str
    sections: Mapping[str, Sequence[Comparison]]

    @property
    def comparisons(self) -> list[Comparison]:
        return [one for section in self.sections.values() for one in section]

    @property
    def agrees(self) -> bool:
        return bool(self.comparisons) and all(one.agrees for one in self.comparisons)

    @property
    def sentence(self) -> str:
        """The result in one sentence."""
        numbers = sum(one.numbers for one in self.comparisons)
        wrong = [one for one in self.comparisons if not one.agrees]
        what = f"{numbers:,} numbers in {len(self.comparisons)} comparisons"
        if not wrong:
            return f"All {what} agree with their references."
        return (
            f"{len(wrong)} of {len(self.comparisons)} comparisons ({numbers:,} numbers) disagree "
            f"with their references: {'; '.join(one.reference.what for one in wrong)}."
        )


def validate(at: datetime) -> Validation:
    """Work every recorded answer out again; `at` is the time that the result bears."""
    sections = {name: list(comparisons()) for name, comparisons in SECTIONS.items()}
    return Validation(at, fingerprint(), sections)


def differences() -> list[Difference]:
    """The known differences of other libraries, in plain words."""
    told = tomllib.loads((references.FOLDER / "known_differences.toml").read_text("utf-8"))
    return [Difference(**one) for one in told["difference"]]


@cache
def fingerprint() -> str:
    """What identifies the statistics installed and their references: a digest of their files."""
    digest = hashlib.sha256()
    for folder in FINGERPRINTED:
        for path in sorted((ROOM / folder).rglob("*")):
            if path.is_file() and path.suffix in (".py", ".csv", ".json", ".toml"):
                digest.update(path.relative_to(ROOM).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:DIGITS]


def as_json(found: Validation) -> str:
    """The whole result, for other programs; also what is kept."""
    told = {
        "validated_at": found.at.isoformat(),
        "fingerprint": found.fingerprint,
        "agrees": found.agrees,
        "sentence": found.sentence,
        "sections": {
            name: [asdict(one) | {"agrees": one.agrees} for one in section]
            for name, section in found.sections.items()
        },
        "known_differences": [asdict(one) for one in differences()],
    }
    return json.dumps(told, ensure_ascii=False, indent=1)


def kept(home: Path) -> Validation | None:
    """The result that a home holds; None where there is none, or none that can be read."""
    try:
        told = json.loads((home / KEPT).read_text("utf-8"))
        return Validation(
            datetime.fromisoformat(told["validated_at"]),
            told["fingerprint"],
            {name: [_read(one) for one in section] for name, section in told["sections"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _read(told: dict[str, Any]) -> Comparison:
    reference = Reference(**told["reference"])
    rest = {name: value for name, value in told.items() if name not in ("reference", "agrees")}
    return Comparison(reference, **rest)
