"""The filter bar: one selection for all figures of a page, said in a sentence, kept in the URL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import polars as pl
import streamlit as st

from dashboard import choices, pictures, provisional
from dashboard.data import View
from dashboard.words import plain
from expectations.dictionary import code_lists
from sql.reader import By
from sql.reader_periods import Period, quarter
from sql.selection import SIZE_BANDS, CaseMix

ALL = ""  # the choice that filters nothing; it leaves no trace in the URL
MEMORY = "selection"  # session state: what was chosen, kept from page to page


@dataclass(frozen=True)
class Selection:
    """What is in force on a page. None: not filtered."""

    period: str = "36 months"
    tumour_type: str | None = None
    approach: str | None = None
    size_band: str | None = None
    site: str | None = None

    @property
    def case_mix(self) -> CaseMix:
        """What narrows a figure beside period and site, as the Reader takes it."""
        return {
            "tumour_type": self.tumour_type,
            "approach": self.approach,
            "size_band": self.size_band,
        }

    @property
    def has_case_mix(self) -> bool:
        """True where something beside period and site narrows the figures."""
        return any(self.case_mix.values())

    @property
    def by(self) -> By:
        """How own rates are taken: of the chosen site, or of all own sites together."""
        return "site" if self.site else "all"

    def of_site(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows of the chosen site, or all."""
        return frame if self.site is None else frame.filter(pl.col("site_id") == self.site)


def own_rates(view: View, chosen: Selection, indicator_ids: Sequence[str]) -> pl.DataFrame:
    """Own rates of the selection, one row an indicator."""
    found = view.reader.rates(indicator_ids, period=chosen.period, by=chosen.by, **chosen.case_mix)
    return chosen.of_site(found)


def national_rates(view: View, chosen: Selection, indicator_ids: Sequence[str]) -> pl.DataFrame:
    """The published rates of the selection, where it is a stratum that is published."""
    return view.reader.published_rates(indicator_ids, period=chosen.period, **chosen.case_mix)


def bar(view: View, *, period: bool = True, case_mix: bool = True, site: bool = True) -> Selection:
    """Draw the controls that a page needs, and the sentence of what is in force."""
    tumours = dict(code_lists()["tumour_type"].codes) if case_mix else {}
    approaches = dict(code_lists()["approach"].codes) if case_mix else {}
    sites = _sites(view) if site else {}
    periods = view.reader.periods() if period else []
    drawn: list[tuple[str, str, Sequence[str], Callable[[str], str]]] = []
    if periods:
        drawn.append(("period", "Period", periods, _period_name))
    if case_mix:
        drawn.append(("tumour", "Tumour type", _with_all(tumours), _named(tumours, "All")))
        drawn.append(("approach", "Approach", _with_all(approaches), _named(approaches, "All")))
        sizes = _named(dict(SIZE_BANDS), "All")
        drawn.append(("size", "Largest lesion", [ALL, *SIZE_BANDS], sizes))
    if len(sites) > 1:
        drawn.append(("site", "Site", _with_all(sites), _named(sites, "All sites")))
    chosen: dict[str, str] = {}
    if drawn:
        for place, (name, label, options, words) in zip(st.columns(len(drawn)), drawn, strict=True):
            with place:
                chosen[name] = _choice(view, name, label, options, words)
    selection = Selection(
        period=chosen.get("period") or "36 months",
        tumour_type=chosen.get("tumour") or None,
        approach=chosen.get("approach") or None,
        size_band=chosen.get("size") or None,
        site=chosen.get("site") or None,
    )
    when = view.reader.period_sentence(selection.period) if period else ""
    said = _sentence(view, selection, when, sites, case_mix=case_mix)
    if said:
        st.caption(plain(said))
    if period:
        provisional.mark(view, selection.period)
    pictures.choose(said, provisional.said(view, selection.period) if period else "")
    return selection


def of(
    view: View, selection: Selection, days: Period, *, when: str = "", case_mix: bool = True
) -> AbstractContextManager[None]:
    """Within it, pictures say these days and this selection, whatever the bar says.

    Args:
        when: in words; the days themselves where it is empty.
    """
    said = _sentence(view, selection, when or days.sentence, _sites(view), case_mix=case_mix)
    return pictures.of(said, provisional.said(view, days))


def all_quarters(trend: pl.DataFrame) -> Period:
    """From the first to the last quarter of a trend, as days to say."""
    ends = trend["quarter_end"]
    return Period("all quarters", quarter(ends[0]).start, ends[-1])


def _sentence(
    view: View, selection: Selection, when: str, sites: dict[str, str], *, case_mix: bool
) -> str:
    parts = [when] if when else []
    if case_mix:
        lists = code_lists()
        tumours, approaches = lists["tumour_type"].codes, lists["approach"].codes
        parts.append(tumours.get(selection.tumour_type or "", "all tumour types"))
        parts.append(approaches.get(selection.approach or "", "all approaches"))
        parts.append(_size_words(selection.size_band))
    if len(sites) > 1:
        every = "both" if len(sites) == 2 else f"all {len(sites)}"
        parts.append(sites.get(selection.site or "", f"{every} {_whose(view)}"))
    else:
        parts.extend(sites.values())
    return f"Shown: {'; '.join(parts)}." if parts else ""


def _size_words(band: str | None) -> str:
    if band is None:
        return "all sizes"
    return f"largest lesion {SIZE_BANDS[band]} (none of unknown size)"


def _whose(view: View) -> str:
    return "sites" if view.viewer.reach("see rows") == "all" else "own sites"


def _choice(
    view: View, name: str, label: str, options: Sequence[str], words: Callable[[str], str]
) -> str:
    remembered: dict[str, str] = st.session_state.setdefault(MEMORY, {})
    wanted = st.query_params.get(name, remembered.get(name, options[0]))
    # The key names the viewer: another persona's choice must not linger in the control.
    key = f"{view.viewer.role}_{name}"
    index = choices.begun(name, key, options, wanted if wanted in options else options[0])
    chosen = st.selectbox(label, options, index=index, format_func=words, key=key)
    remembered[name] = chosen
    choices.keep(name, chosen, options[0])
    return chosen


def _sites(view: View) -> dict[str, str]:
    if not view.viewer.may("see rows"):
        return {}
    own = view.reader.sites()
    return {site: f"{name} ({site})" for site, name in own["site_id", "site_name"].iter_rows()}


def _with_all(codes: dict[str, str]) -> list[str]:
    return [ALL, *codes]


def _named(codes: dict[str, str], every: str) -> Callable[[str], str]:
    return lambda code: codes.get(code, every)


def _period_name(period: str) -> str:
    return f"Rolling {period}" if period.endswith("months") else period
