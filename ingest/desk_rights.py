"""How a desk asks the matrix: each method is declared with its right, or cannot be written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sql import watch
from sql.access import AccessDenied, Action, Viewer, require

NOT_KNOWN = ""  # the site of what is not there: refused as another site's is

SiteOf = Callable[[Path, Any], str]
Given = ParamSpec("Given")
Answer = TypeVar("Answer")
D = TypeVar("D", bound="DeskOf")


@dataclass(frozen=True)
class Right:
    """What a method of a desk needs: one of these actions, and for the site of what it is about.

    Attributes:
        site_of: gives the site, of the method's first argument; None: of no site.
    """

    actions: tuple[Action, ...]
    site_of: SiteOf | None = None


class DeskOf:
    """What one viewer may ask and do at a registry's home, at one moment."""

    def __init__(self, home: Path, viewer: Viewer, now: datetime) -> None:
        self.home, self.viewer, self.now = home, viewer, now

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for name, method in vars(cls).items():
            if not name.startswith("_") and not isinstance(getattr(method, "right", None), Right):
                raise TypeError(f"{cls.__name__}.{name}: say who may: @may(action)")

    @property
    def _own(self) -> tuple[str, ...] | None:
        """The sites whose rows the viewer may see; None for all."""
        return None if self.viewer.reach("see rows") == "all" else self.viewer.sites

    def _require(self, right: Right, about: object) -> None:
        site = None if right.site_of is None else right.site_of(self.home, about)
        if not any(self.viewer.may(action, site) for action in right.actions):
            held = [one for one in right.actions if self.viewer.reach(one) != "none"]
            require(self.viewer, (held or list(right.actions))[0], site)


def may(
    *actions: Action, of: SiteOf | None = None
) -> Callable[[Callable[Concatenate[D, Given], Answer]], Callable[Concatenate[D, Given], Answer]]:
    """Declare who may call a method of a desk: whoever may do one of the actions.

    What is refused here, and what the method itself refuses, is logged. The method's first
    argument, given by place, is what `of` finds the site of.
    """
    right = Right(actions, of)

    def declared(
        method: Callable[Concatenate[D, Given], Answer],
    ) -> Callable[Concatenate[D, Given], Answer]:
        @wraps(method)
        def asked(self: D, /, *given: Given.args, **named: Given.kwargs) -> Answer:
            try:
                self._require(right, given[0] if of is not None else None)
                return method(self, *given, **named)
            except AccessDenied as denial:
                watch.denied(self.home, self.viewer, denial, at=self.now)
                raise

        asked.right = right  # type: ignore[attr-defined]
        return asked

    return declared
