"""A chart of marks over one another, and its data beside them.

Altair makes the marks. Its own chart of layers copies every one of them in full three times over,
and writes each row as an object: most of what a page drawn for the first time took.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import altair as alt
import polars as pl
import polars.selectors as cs

from dashboard.theme import ire

Spec = dict[str, Any]


@dataclass(frozen=True)
class Layered:
    """Marks over one another: Vega-Lite's `layer`."""

    layers: tuple[alt.Chart, ...]
    height: int | alt.Step

    def to_dict(self) -> Spec:
        """The whole chart as Vega-Lite, its rows as objects: what stands by itself."""
        spec, frames = self._composed()
        return spec | {"datasets": {name: rows.to_dicts() for name, rows in frames.items()}}

    def sent(self) -> Spec:
        """The same as a page sends it: its rows as Arrow."""
        spec, frames = self._composed()
        return spec | {"datasets": {name: arrow(rows) for name, rows in frames.items()}}

    def _composed(self) -> tuple[Spec, dict[str, pl.DataFrame]]:
        frames: dict[str, pl.DataFrame] = {}
        marks = [self._mark(layer, frames) for layer in self.layers]
        height = self.height if isinstance(self.height, int) else self.height.to_dict()
        whole = {"$schema": alt.SCHEMA_URL, "height": height, "layer": marks}
        named = {name: _plain(frame) for name, frame in frames.items()}
        return cast(Spec, ire()) | whole, named

    def _mark(self, layer: alt.Chart, frames: dict[str, pl.DataFrame]) -> Spec:
        """One layer, its data under a name that layers of equal data share."""
        frame = cast(pl.DataFrame, layer.data)
        name = next((known for known, one in frames.items() if one is frame), "")
        if not name:
            name = f"rows {len(frames) + 1}"
            frames[name] = frame
        mark = layer.copy(deep=False)
        mark.data = alt.NamedData(name)
        told: Spec = mark.to_dict(validate=False, context={"top_level": False})
        return told


def layered(*layers: alt.Chart, height: int | alt.Step) -> Layered:
    """These marks over one another, the last on top."""
    return Layered(layers, height)


def arrow(frame: pl.DataFrame) -> bytes:
    """A frame as an Arrow stream that the browser reads."""
    return frame.write_ipc_stream(None, compat_level=pl.CompatLevel.oldest()).getvalue()


def _plain(frame: pl.DataFrame) -> pl.DataFrame:
    """Days as text and no number that is none: what Vega-Lite reads."""
    return frame.with_columns(cs.date().dt.strftime("%Y-%m-%dT00:00:00"), cs.float().fill_nan(None))
