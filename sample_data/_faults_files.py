"""The queries about a whole column of one file: filled in, estimated, imputed."""

from __future__ import annotations

from sample_data._exports import Export, Finding
from sample_data._faults import Edit, Expected, Facts, Fault, Planted


def _column(
    fault_id: str, place: tuple[str, str], table: str, rule: str, column: str, edit: Edit
) -> Fault:
    return Fault(fault_id, *place, table, edit, (Expected(rule, "W", column),))


def _to_five(facts: Facts) -> dict[str, str]:
    return {"spacing_mm": str(5 * round(float(facts.values["spacing_mm"]) / 5))}


def _new_year(facts: Facts) -> dict[str, str]:
    """1 January for a baseline answer of the six weeks after it."""
    done = facts.procedure()
    is_baseline = facts.values["timepoint"] == "BASELINE" and done is not None
    day = done.values["procedure_date"] if done is not None and is_baseline else ""
    return {"completed_date": "2025-01-01"} if "2025-01-01" <= day <= "2025-02-12" else {}


FILES = (
    _column("W88", ("ZZ401", "2024-25-Q2"), "pulse_delivery", "K11", "pulse_length_us",
            lambda facts: {"pulse_length_us": "90"}),
    _column("W89", ("ZZ101", "2024-25-Q4"), "prom", "D19", "completed_date", _new_year),
    _column("W90", ("ZZ302", "2025-26-Q3"), "pulse_delivery", "K12", "spacing_mm", _to_five),
)  # fmt: skip


def fill(exports: list[Export]) -> list[Planted]:
    """Change the column in every row of its file, before any single row is spoilt."""
    planted = []
    for fault in FILES:
        export = next(e for e in exports if (e.site, e.label) == (fault.site, fault.label))
        for row in export.rows[fault.table]:
            row.values |= fault.edit(Facts(export, row, None))
        for expected in fault.finds:
            finding = Finding(expected.rule, expected.severity, expected.column, fault.id)
            export.about_files.append((fault.table, finding))
        planted.append(Planted(fault, export))
    return planted
