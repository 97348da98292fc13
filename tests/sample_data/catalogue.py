"""Every rule about rows that the second opinion tells, and the severities of the domain."""

from __future__ import annotations

from tests.sample_data.oracle import Rule
from tests.sample_data.rules_links_and_dates import LINKS_AND_DATES
from tests.sample_data.rules_outcomes import OUTCOMES
from tests.sample_data.rules_selection import SELECTION
from tests.sample_data.rules_technique import TECHNIQUE

RULES: tuple[Rule, ...] = (*LINKS_AND_DATES, *SELECTION, *TECHNIQUE, *OUTCOMES)

BREACHES = frozenset(
    [
        *("D02", "D04", "D05", "D06", "D08", "D09", "D10", "T10", "T11"),
        *("P01", "P02", "P03a", "P03b", "P04", "P09", "O15"),
    ]
)
QUERIES = frozenset(
    [
        *("K05b", "K08b", "K08e", "D01f", "D03", "D07", "D11", "D15", "D16", "D17", "D22"),
        *("D23a", "D24a"),
        *("T01", "T04", "T05a", "T07", "T08", "T09", "T14", "T15", "T16", "T17"),
        *("P04b", "P05", "P06", "P10", "P11", "P12a", "P12b", "P15", "P16", "P17", "P18", "P19"),
        *("P21", "O03", "O06", "O08", "O10", "O12b", "O14", "O16a", "O16b"),
        *("O18", "O19", "O20", "O21"),
    ]
)
HOLDING = frozenset(
    [
        *("K04a", "K05a", "D01a", "D01b", "D01c", "D01d", "D01e", "D12a", "D12b"),
        *("D13a", "D13b", "D13c", "D14", "D18", "D20", "D21", "D23b", "D24b"),
        *("T02", "T03a", "T03b", "T05b", "T12a", "T12b", "P07a", "P07b", "P07c", "P14", "P20"),
        *("O01", "O02", "O05", "O07", "O09a", "O09b", "O12a", "O13a", "O17"),
    ]
)


def severity(rule: str) -> str:
    """The severity of a rule across columns or tables, or about a whole file."""
    if rule in {"K01", "K07"}:
        return "F"
    if rule in {"K11", "K12", "D19"}:
        return "W"
    return "B" if rule in BREACHES else "W" if rule in QUERIES else "R"
