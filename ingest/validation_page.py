"""The validation report as a page: HTML for reading, Markdown for a repository."""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jinja2

from ingest.report_words import moment_words
from sql.validation.comparing import Comparison
from sql.validation.validate import Validation, differences
from sql.validation.words import difference_words, tolerance_words, why_not

TEMPLATES = Path(__file__).parent / "templates"
MADE_WITH = ("numpy", "scipy", "polars", "firthmodels")


def page_of(found: Validation, form: str) -> str:
    """The page.

    Args:
        form: "html" (without scripts, links or anything to load) or "md".
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=form == "html",
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(f"validation.{form}").render(_told(found))


def _told(found: Validation) -> dict[str, Any]:
    versions = [f"{name} {version(name)}" for name in MADE_WITH]
    return {
        "sentence": found.sentence,
        "agrees": found.agrees,
        "made_at": moment_words(found.at),
        "fingerprint": found.fingerprint,
        "code": version("ire-liver-audit"),
        "made_with": ", ".join([f"Python {platform.python_version()}", *versions]),
        "sections": [
            {"title": title, "rows": [_row(one) for one in section]}
            for title, section in found.sections.items()
        ],
        "wrong": [one for one in found.comparisons if not one.agrees],
        "differences": differences(),
        "why_not": why_not,
    }


def _row(one: Comparison) -> dict[str, str]:
    return {
        "what": one.reference.what,
        "method": one.reference.method,
        "source": one.reference.source,
        "file": one.reference.file,
        "rows": f"{one.rows:,}",
        "numbers": f"{one.numbers:,}",
        "largest": difference_words(one),
        "tolerance": tolerance_words(one.reference),
        "result": "agrees" if one.agrees else "DISAGREES",
    }
