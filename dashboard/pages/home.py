"""Home: what needs this viewer's attention, by role."""

from __future__ import annotations

from dashboard import saved
from dashboard.data import View
from dashboard.pages import home_commissioner, home_governance, home_registry, home_since, home_site


def show(view: View) -> None:
    """The first page of each role."""
    home_since.show(view)
    role = view.viewer.role
    if role in ("site lead", "site uploader"):
        home_site.show(view)
    elif role == "governance lead":
        home_governance.show(view)
    elif role == "registry team":
        home_registry.show(view)
    else:
        home_commissioner.show(view)
    saved.section(view.desk)
