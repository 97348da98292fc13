"""No count of 1 to 7 can be worked out from all that is published together."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from scipy.optimize import LinearConstraint, milp

from sql.access import Viewer
from sql.disclosure import SUPPRESSED, is_filled, window
from sql.reader import Reader
from tests.sql.small_release import SITES, procedures, write_release

COMMISSIONER = Viewer("D. Demo", "commissioner")
FEWEST_CANDIDATES = 5
LARGE = 500
YEARS = (date(2024, 6, 1), date(2025, 6, 1), date(2026, 6, 1))


class Cells:
    """Published cells as integer unknowns, with what ties them together."""

    def __init__(self):
        self.names, self.low, self.high, self.rows, self.limits = [], [], [], [], []

    def add(self, name, text, *, is_withheld=False, may_be_zero=False, is_national=False):
        if is_withheld or text is None:
            low, high = 0, LARGE
        elif is_national and text == SUPPRESSED:  # too few, or too near one site's
            low, high = 1, LARGE
        else:
            low, high = window(rounded(text))
        self.names.append(name)
        self.low.append(0 if may_be_zero and text == SUPPRESSED else low)
        self.high.append(high)

    def tie(self, terms, least, most):
        row = np.zeros(len(self.names))
        for name, factor in terms:
            row[self.names.index(name)] += factor
        self.rows.append(row)
        self.limits.append((least, most))

    def candidates(self, name):
        """How many values the cell can take, given everything else."""
        target = np.zeros(len(self.names))
        target[self.names.index(name)] = 1
        least, most = zip(*self.limits, strict=True)
        constraint = LinearConstraint(np.array(self.rows), least, most)
        ends = [
            milp(
                sign * target,
                integrality=np.ones(len(self.names)),
                bounds=(self.low, self.high),
                constraints=constraint,
            ).fun
            * sign
            for sign in (1, -1)
        ]
        return round(ends[1] - ends[0]) + 1


def random_registry(seed):
    """Registries near the edges where published cells could give another away."""
    random = np.random.default_rng(seed)
    kind = ("any", "one site breaches", "nearly all breach")[seed % 3]
    drawn = []
    breaching = random.choice(list(SITES))
    for site in SITES:
        sizes = [2, 3] if kind == "nearly all breach" else [0, 5, 14, 30, 40]
        made = procedures(site, int(random.choice(sizes)))
        weights = (0, 0, 1) if kind == "nearly all breach" else (0.3, 0.3, 0.4)
        for procedure in made:
            procedure.day = YEARS[int(random.choice(3, p=weights))]
        if kind == "any" and random.random() < 0.4:
            share = random.choice([0.1, 0.5, 0.9])
            for procedure in made:
                if random.random() < share:
                    procedure.values["C1"] = 0 if random.random() < 0.8 else None
        elif kind == "one site breaches" and site == breaching:
            for procedure in made[: int(random.integers(8, 14))]:
                procedure.values["C1"] = 0
                procedure.day = YEARS[int(random.choice(3, p=(0.1, 0.1, 0.8)))]
        elif kind == "nearly all breach":
            for procedure in made:
                procedure.values["C1"] = 0 if random.random() < 0.85 else None
        drawn += made
    return drawn


@pytest.mark.parametrize("seed", range(30))
def test_no_suppressed_breach_or_procedure_can_be_worked_out(tmp_path, seed):
    drawn = random_registry(seed)
    home = write_release(tmp_path, drawn)
    with Reader.open(home, COMMISSIONER) as reader:
        sites = reader.compliance_status().filter(pl.col("rule_id") == "C1")
        years = reader.compliance_national().filter(pl.col("rule_id") == "C1")
    cells = Cells()
    for row in sites.iter_rows(named=True):
        site = row["site_id"]
        cells.add(f"n {site}", row["procedures_text"])
        cells.add(f"b {site}", row["breaches_text"])
    for row in years.iter_rows(named=True):
        year, note = row["financial_year"], row["note"] or ""
        is_withheld = note.startswith(("fewer than three", "withheld"))
        texts = [row[f"{name}_text"] for name in ("procedures", "breaches", "cannot_tell")]
        n, b, u = (rounded(text) for text in texts)
        # Whoever knows the rule knows that a star beside a part that nearly fills the
        # whole may be a zero.
        fills = (False, is_filled(n, u), is_filled(n, b))
        for letter, text, may_be_zero in zip("nbu", texts, fills, strict=True):
            hidden = {"is_withheld": is_withheld, "may_be_zero": may_be_zero}
            cells.add(f"{letter} {year}", text, **hidden, is_national=True)
    labels = years["financial_year"].to_list()
    for letter in "nb":
        if labels:
            total = [(f"{letter} {site}", 1) for site in sites["site_id"]]
            cells.tie([*total, *((f"{letter} {year}", -1) for year in labels)], 0, 0)
    for site in sites["site_id"]:
        cells.tie([(f"n {site}", 1), (f"b {site}", -1)], 0, LARGE)
    for year in labels:
        cells.tie([(f"n {year}", 1), (f"b {year}", -1), (f"u {year}", -1)], 0, LARGE)
    truth = true_counts(drawn)
    small = [name for name in cells.names if 1 <= truth[name] <= 7]
    for name in small:
        assert cells.candidates(name) >= FEWEST_CANDIDATES, (name, truth[name])


def rounded(text):
    return None if text == SUPPRESSED else int(text)


def true_counts(drawn):
    truth = {f"{letter} {site}": 0 for letter in "nb" for site in SITES}
    for procedure in drawn:
        value = procedure.values.get("C1", 1)
        start = procedure.day.year
        year = f"{start}/{(start + 1) % 100}"
        for letter, is_so in (("n", True), ("b", value == 0), ("u", value is None)):
            for place in (procedure.site, year):
                key = f"{letter} {place}"
                truth[key] = truth.get(key, 0) + is_so
    return truth
