"""The procedures and complications that the Reader's tests draw."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

DATA_DATE = date(2026, 9, 30)
FIRST = date(2024, 4, 1)
SITES = {  # site: trust
    "ZZ101": "ZZ1",
    "ZZ102": "ZZ1",
    "ZZ201": "ZZ2",
    "ZZ301": "ZZ3",
    "ZZ302": "ZZ3",
    "ZZ401": "ZZ4",
}
COMPLIANCE = ("C1", "C2", "C3", "C4", "C5", "C6", "C11")
SAFETY = ("S1_90", "S2_30", "S2M_30", "S3_1", "S5_30", "S5_90", "S7_30", "S7_90")


@dataclass
class Procedure:
    """One procedure with the values of its indicators; unset ones are met, or no event."""

    site: str
    id: str
    day: date = date(2025, 6, 1)
    values: dict[str, int | None] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    patient: str | None = None
    tumour_type: str = "HCC"
    age_band: str | None = "65 to 74"
    sex: str | None = "male"
    ethnic_group: str | None = "White"
    imd_quintile: int | None = 1
    approach: str = "PERCUTANEOUS"
    survival_days: int | None = None  # days from the procedure to death
    followed_days: float = 400.0
    vital_status: str | None = "ALIVE"
    has_prom_consent: bool = False
    withdrawn: date | None = None
    excluded_records: int = 0
    lesions_mm: tuple[float | None, ...] = ()
    technique: dict[str, object] = field(default_factory=dict)  # of the procedure and its lesions
    pulses: tuple[dict[str, object], ...] = ()  # one a pair of electrodes, at every lesion
    ecg_sync: bool | None = True
    operator: str | None = "operator 1"

    @property
    def patient_key(self) -> str:
        return self.patient or f"patient {self.site} {self.id}"


@dataclass
class Complication:
    """One complication of a procedure of the same release."""

    site: str
    id: str
    procedure: str
    category: str = "BLEEDING"
    subtype: str = "HAEMATOMA"
    grade: str = "II"
    day: int = 1
    relatedness: str = "PROBABLE"
    intervention: str | None = "TRANSFUSION"
    device: str = "N"
    yellow_card: str | None = None
    lfpse: str | None = None
    candour: date | None = None


def procedures(site: str, number: int, **values: int | None) -> list[Procedure]:
    """`number` like procedures of a site; a value `S5_30=3` sets the first three to 1 (for
    compliance to 0)."""
    made = [Procedure(site, f"P{i:03d}") for i in range(number)]
    for indicator, count in values.items():
        for procedure in made[: count or 0]:
            procedure.values[indicator] = 0 if indicator in COMPLIANCE else 1
    return made
