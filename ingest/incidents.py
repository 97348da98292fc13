"""What a log may hold of a fault: where it happened, never what was in the data."""

from __future__ import annotations

import logging
import traceback
from types import TracebackType
from typing import TypeAlias

Fault: TypeAlias = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)


class PlacesOnly(logging.Formatter):
    """Formats a fault as its type and places: the message of one may quote a cell."""

    def formatException(self, ei: Fault) -> str:
        lines = []
        fault = ei[1]
        while fault is not None:
            for frame in traceback.extract_tb(fault.__traceback__):
                lines.append(f"  {frame.filename}:{frame.lineno} in {frame.name}")
            lines.append(type(fault).__name__)
            fault = fault.__cause__ or fault.__context__
        return "\n".join(lines)
