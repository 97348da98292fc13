"""From a file to a verdict: read, conform, check, and a report in the site's words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

from expectations.dictionary import site_tables
from ingest.assess import SITE, assess
from ingest.form import Form
from ingest.home import LONDON
from ingest.reading import ExportRefused, RawExport, refused
from ingest.submission import Registry, Submission
from ingest.telling import Verdict, told, told_refusal

__all__ = ["Verdict", "judge", "told"]


def judge(
    read: Callable[[], RawExport],
    registry: Callable[[str], Registry],
    *,
    now: datetime,
    site: str | None = None,
    form: Form | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Verdict:
    """Read an export and check it against what the registry knows.

    Args:
        read: reads the export; a refusal of it becomes the verdict.
        registry: what the registry knows for a site.
        now: the moment of checking, with its time zone.
        site: the submitting site, where the sender is known.
        form: what a manifest would say, for a single table's file.
        progress: told "read", then the name of each table that is being checked.
    """
    try:
        progress("read")
        export = read()
        submission = _submission(export, now=now, site=site, form=form)
        if form is not None:
            export = replace(export, manifest=form.manifest(submission.site))
        known = registry(submission.site)
        if known.sites is not None and submission.site not in known.sites:
            raise refused("SITE_SCOPE", "manifest", says="the site is not in the register.")
        return told(assess(export, submission, known, progress), known)
    except ExportRefused as refusal:
        return told_refusal(refusal)


def _submission(
    export: RawExport, *, now: datetime, site: str | None, form: Form | None
) -> Submission:
    today = now.astimezone(LONDON).date()
    if form is not None:
        if form.period_end is not None and form.period_end > today:
            raise refused("MANIFEST", "period", says="the period has not ended yet.")
        return Submission(
            site=site or _first_site(export, form.table),
            period_start=form.period_start,
            period_end=form.period_end,
            submission_type=form.submission_type,
            extract_datetime=now.astimezone(LONDON),
            nil_return=None,
            # With a period it is a submission like any other, of one table.
            single_table=form.table if form.period_end is None else None,
            reason=form.reason,
        )
    fields = export.manifest
    said = {name: value or "" for name, value in fields.items()}
    if site is not None and said["submitting_site"] != site:
        raise refused("SITE_SCOPE", "manifest", says="another site's export was sent.")
    extract = datetime.fromisoformat(said["extract_datetime"])
    if extract.tzinfo is None:
        extract = extract.replace(tzinfo=LONDON)
    period_end = date.fromisoformat(said["period_end"])
    if period_end > today or extract.astimezone(LONDON).date() > today:
        raise refused("MANIFEST", "manifest", says="the period or the extract lies in the future.")
    count = said.get("hes_ire_count", "")
    return Submission(
        site=said["submitting_site"],
        period_start=date.fromisoformat(said["period_start"]),
        period_end=period_end,
        submission_type=said["submission_type"],
        extract_datetime=extract.astimezone(LONDON),
        nil_return=said["nil_return"] in ("true", "Y"),
        hes_ire_count=int(count) if count else None,
        reason=said.get("reason", ""),
    )


def _first_site(export: RawExport, table: str) -> str:
    column = site_tables()[table].columns.get(SITE)
    if column is None or column.pattern is None or SITE not in export.tables[table].frame:
        return ""
    for code in export.tables[table].frame[SITE].drop_nulls():
        if re.fullmatch(column.pattern, code) and 3 <= len(code) <= 9:
            return str(code)
    return ""
