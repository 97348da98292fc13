"""The receipt: proof of what was sent, by whom, and what became of it; never a cell's value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import jinja2
import typst

from expectations import dictionary, rules
from ingest.report_words import (
    SEVERITY_WORDS,
    Told,
    moment_words,
    period_words,
    verdict_sentence,
)
from sql.printable import printable

TEMPLATES = Path(__file__).parent / "templates"
STANDARDS: list[Literal["a-2b", "ua-1"]] = ["a-2b", "ua-1"]  # kept for years, and read aloud
LISTED = 200  # exclusions written out; beyond, the number of the rest
Lines = list[tuple[str, str]]


def receipt_of(told: Told, accepted: Mapping[str, Any]) -> dict[str, Any]:
    """What a receipt says.

    Args:
        accepted: the manifest of the accepted submission; empty where it was not accepted.
    """
    row, report = told.row, told.report
    exclusions = [
        (one["rule"], one["table"] or "", one["column"] or "the row", str(one["line"] or ""))
        for one in report.exclusions.head(LISTED).iter_rows(named=True)
    ]
    return {
        "id": str(row["submission_id"]),
        "verdict": verdict_sentence(told),
        "sections": [
            {"title": "What was sent", "lines": _sent(told)},
            {"title": "What became of it", "lines": _counts(told, accepted)},
            {"title": "Findings", "lines": _findings(told)},
        ],
        "notices": [str(said) for said in report.notices],
        "exclusions": exclusions,
        "more_exclusions": max(report.exclusions.height - LISTED, 0),
        "exclusions_title": _exclusions_title(told, accepted),
        "made_with": _versions(accepted),
    }


def _sent(told: Told) -> Lines:
    row = told.row
    return [
        ("Site", str(row["site_ods_code"])),
        ("Period", period_words(told)),
        ("Type", str(row["submission_type"] or "not given")),
        ("File", str(row["filename"])),
        ("Size", f"{row['bytes']:,} bytes"),
        ("SHA-256 of the file", str(row["sha256"])),
        ("Digest of the content", str(row["canonical_digest"] or "none: it was not read")),
        ("Received by", str(row["received_by"])),
        ("Received at", moment_words(row["received_at"])),
    ]


def _counts(told: Told, accepted: Mapping[str, Any]) -> Lines:
    excluded, duplicates = told.excluded, int(accepted.get("duplicates") or 0)
    lines = [("State", str(told.row["state"])), ("Rows read", f"{told.records:,}")]
    if accepted:
        used = told.records - excluded - duplicates
        lines += [
            ("Rows accepted", f"{used:,}"),
            ("Rows excluded", f"{excluded:,}"),
            ("Repeated rows", f"{duplicates:,}"),
            ("Accepted by", str(accepted["accepted_by"])),
            ("Accepted at", moment_words(str(accepted["accepted_at"]))),
        ]
        erased = sum(one["rows"] for one in accepted.get("erasures", []))
        lines += [("Rows erased since, not counted here", f"{erased:,}")] if erased else []
    elif told.row["decided_at"]:
        lines.append(("Decided at", moment_words(told.row["decided_at"])))
    return lines


def _findings(told: Told) -> Lines:
    return [
        (words[:1].upper() + words[1:], f"{told.count(severity):,}")
        for severity, words in SEVERITY_WORDS.items()
    ]


def _exclusions_title(told: Told, accepted: Mapping[str, Any]) -> str:
    if not accepted:
        return "Exclusions proposed, not accepted"
    by = str(accepted["accepted_by"])
    second = accepted.get("agreed_by")
    return f"Exclusions accepted by {by}" + (f", agreed by {second}" if second else "")


def _versions(accepted: Mapping[str, Any]) -> str:
    made = accepted.get("versions") or {
        "dictionary": dictionary.VERSION,
        "rules": rules.VERSION,
        "code": version("ire-liver-audit"),
    }
    return ", ".join(f"{name} {made[name]}" for name in ("dictionary", "rules", "code"))


def html_of(receipt: Mapping[str, Any]) -> str:
    """The receipt as one HTML page without scripts, links or anything to load."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("receipt.html").render(receipt)


def pdf_of(receipt: Mapping[str, Any]) -> bytes:
    """The receipt as PDF/A-2b and PDF/UA-1: one receipt, one sequence of bytes."""
    shown = json.dumps(printable(receipt), ensure_ascii=False, sort_keys=True)
    received = datetime.strptime(receipt["id"][:8], "%Y%m%d").replace(tzinfo=UTC)
    made = typst.compile(
        TEMPLATES / "receipt.typ",
        root=TEMPLATES,  # nothing else on the machine is in reach
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"receipt": shown},
        pdf_standards=[*STANDARDS],
        timestamp=int(received.timestamp()),
    )
    return made
