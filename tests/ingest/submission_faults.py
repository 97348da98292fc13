"""One fault for each rule about a submission as a whole, in an export that has none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime

from expectations.dictionary import register_tables
from tests.ingest.clean_case import Rows, case, case_of_two_lesions
from tests.ingest.clean_export import REGISTER, Export, csv_of, export_of
from tests.ingest.reading_faults import CLEAN, Sent

MANY = 26  # cases: enough to say that of too many


def submission_faults() -> Iterator[Sent]:
    """A sent export for each rule about a submission as a whole, but for K06."""
    for rule, change in IN_EVERY_CASE.items():
        cases = _many()
        for number, rows in enumerate(cases):
            change(rows, number)
        yield Sent(rule, export_of(cases).zipped(), comes_with=COMES_WITH.get(rule, ""))
    elsewhere = case(1)
    elsewhere["operator"][0]["site_ods_code"] = "ZZ102"
    yield Sent("K03", export_of([elsewhere]).zipped())
    yield Sent("K09", CLEAN.zipped(nil_return=True))
    year = (date(2026, 4, 1), date(2027, 3, 31))
    yield Sent("K10", CLEAN.zipped(), registry={"locked": (year,)})
    before = (date(2025, 4, 1), date(2026, 3, 31))  # when the procedures were done
    yield Sent("K10b", CLEAN.zipped(), registry={"locked": (before,)})
    newer = datetime.fromisoformat("2026-08-01T09:00:00+01:00")
    yield Sent("READ.OLDER", CLEAN.zipped(), registry={"newest_extract": newer})
    renamed = [REGISTER["site"][0] | {"site_name": "Another Infirmary"}]
    site = csv_of(renamed, list(register_tables()["site"].columns))
    with_site = Export({**CLEAN.files, "site.csv": site}, {**CLEAN.counts, "site.csv": 1}, {})
    yield Sent("READ.REGISTER_DIFFERS", with_site.zipped())


def without_a_complication() -> Export:
    """The clean export, of which one complication is not sent any more (K06)."""
    cases = [case(1), case(2), case_of_two_lesions(3)]
    cases[0]["complication"].clear()
    return export_of(cases)


def _many() -> list[Rows]:
    return [*(case(number) for number in range(1, MANY)), case_of_two_lesions(MANY)]


def _sent_twice(rows: Rows, number: int) -> None:
    rows["vital_status"] *= 2 if number < 20 else 1


def _no_such_day(rows: Rows, number: int) -> None:
    if number < 20:
        rows["procedure"][0]["procedure_date"] = "2026-02-31"


def _one_voltage(rows: Rows, number: int) -> None:
    for pulses in rows["pulse_delivery"]:
        pulses["voltage_v"] = "2500"


def _estimated(rows: Rows, number: int) -> None:
    for pulses in rows["pulse_delivery"]:
        pulses["spacing_mm"] = ("15", "20")[number % 2]


def _on_new_year(rows: Rows, number: int) -> None:
    if number % 5 == 0:
        rows["operator_training"][0]["training_date"] = "2024-01-01"


IN_EVERY_CASE: Mapping[str, Callable[[Rows, int], None]] = {
    "K04b": _sent_twice,
    "K07": _no_such_day,
    "K11": _one_voltage,
    "K12": _estimated,
    "D19": _on_new_year,
}
COMES_WITH = {
    "K04b": "K04a",
    "K07": "procedure.procedure_date.DATE_IMPOSSIBLE",
}
