"""Which own rows a figure is about: tumour type, approach, size of the largest lesion treated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TypedDict

SIZE_BANDS: Mapping[str, str] = {
    "UNDER_30_MM": "under 3 cm",
    "30_TO_50_MM": "3 to 5 cm",
    "OVER_50_MM": "over 5 cm",
}

# "Under 3 cm" is strict (HTG532 3.5); most series leave out lesions above 50 mm (rule T13).
SIZE_BAND = """
    case
        when max(max_diameter_mm) < 30 then 'UNDER_30_MM'
        when max(max_diameter_mm) <= 50 then '30_TO_50_MM'
        when max(max_diameter_mm) > 50 then 'OVER_50_MM'
    end
"""

SELECTED = """
    ($tumour_type is null or {of}.tumour_type = $tumour_type)
    and ($approach is null or {of}.approach = $approach)
    and (
        $size_band is null
        or ({of}.site_id, {of}.procedure_id) in (
            select (site_id, procedure_id)
            from fct_lesion
            group by site_id, procedure_id
            having {band} = $size_band
        )
    )
"""


class CaseMix(TypedDict, total=False):
    """What a figure of the Reader may be narrowed to, by name; None does not narrow."""

    tumour_type: str | None
    approach: str | None
    size_band: str | None


@dataclass(frozen=True)
class Selection:
    """What own rows are narrowed to; None does not narrow."""

    tumour_type: str | None = None
    approach: str | None = None
    size_band: str | None = None

    @property
    def is_whole(self) -> bool:
        return self == WHOLE

    @property
    def values(self) -> dict[str, str | None]:
        """What stands for the names in a `selected` condition."""
        return asdict(self)


WHOLE = Selection()


def selected(of: str) -> str:
    """The condition that keeps the selected rows of a table that names its procedure.

    A procedure of which no lesion's size is known belongs to no size band.
    """
    return SELECTED.format(of=of, band=SIZE_BAND)
